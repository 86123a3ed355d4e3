import { formatProblem, isDomainError } from '#kernel';
import type { FailureClass, StepFailure } from '#sandbox';

/** What an error on the way means for the run, whatever it was met by. */
const known: Readonly<Record<string, FailureClass>> = {
  STORAGE_FULL: 'storage-full',
  STORAGE_READ_ONLY: 'storage-full',
  STORAGE_UNREACHABLE: 'storage-unreachable',
  STORAGE_FAULT: 'storage-unreachable',
  SANDBOX_UNAVAILABLE: 'sandbox-unavailable',
  SCRATCH_UNSAFE: 'sandbox-unavailable',
  BLOB_NOT_FOUND: 'input-corrupt',
  BLOB_CORRUPT: 'input-corrupt',
};

/**
 * An exception as a failure of the run, with every problem that it carries.
 * @param usual the class of what is not known better
 * @param doing what could not be done, in front of why
 */
export function failureOf(error: unknown, usual: FailureClass, doing = ''): StepFailure {
  const before = doing === '' ? '' : `${doing}: `;
  if (!isDomainError(error)) {
    const text = error instanceof Error ? error.message : String(error);
    return { class: usual, message: before + text };
  }
  const { code, message, problems } = error;
  const details = problems.length > 1 ? problems.map(formatProblem).join('; ') : message;
  return { class: known[code] ?? usual, message: before + details };
}
