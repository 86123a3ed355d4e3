import { DomainError, isDomainError } from '#kernel';

/** That something stands in the way of reading, which says nothing about what would be read. */
export function fault(cause: unknown): DomainError {
  if (isDomainError(cause)) return cause;
  const why = cause instanceof Error ? cause.message : String(cause);
  const message = `the event store or the log cannot be read: ${why}`;
  return new DomainError('unavailable', 'VERIFICATION_FAULT', message);
}
