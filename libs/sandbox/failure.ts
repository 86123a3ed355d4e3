import { isDomainError } from '#kernel';

/** Why a step failed: the closed list, what each means and the way out. Names are stored in events and never reused. */
export const failureClasses = {
  'command-failed': 'it ended with a status other than 0; its own stderr says why',
  'command-not-found':
    'run[0] is neither in the environment nor an executable file of the code; name one that is',
  signalled: 'a signal from inside the step ended it; look for a crash (SIGSEGV, SIGABRT) in native code',
  timeout: 'it ran longer than resources.timeout; make it faster or allow more',
  cancelled: 'someone cancelled the run, or the server stopped; nothing is wrong with the step',
  'out-of-memory': 'it needed more than resources.memory; lower its use or allow more',
  'process-limit':
    'it wanted more processes and threads at once than resources.pids; start fewer or allow more',
  'disk-limit': 'it wrote more bytes than resources.disk; write less or allow more',
  'output-missing': 'a declared output is not there; write it below HOLDFAST_OUTPUTS or do not declare it',
  'output-invalid':
    'outputs/ holds what cannot be kept: links, pipes, bad or colliding names, too many files',
  'input-corrupt': 'an input does not have the bytes of its digest, or is not in the store; restore the blob',
  'input-changed': 'the step changed its inputs, parameters or code; write below HOLDFAST_OUTPUTS only',
  'wrote-outside': 'the step left files outside its folder; write below HOLDFAST_OUTPUTS or TMPDIR only',
  'partition-invalid':
    'the rows that where and folds ask for cannot be taken from the data; the message says why',
  'secret-missing':
    'a declared secret is not on this host; put it into the folder of secrets of the executor',
  'environment-mismatch':
    'the environment on this host is not the pinned one; restore it or lock the new one',
  'metrics-invalid':
    'a line of HOLDFAST_METRICS is no metric; one JSON object with name and a finite value a line',
  'sandbox-unavailable':
    'this host cannot run the step at this level; the message says what to install or move',
  'storage-full': 'the disk or the artifact store is full; free some space, then run it again',
  'storage-unreachable':
    'the artifact store did not answer for minutes; once it does (`holdfast doctor`), run it again',
  internal: 'Holdfast itself failed; report it with the message',
} as const;

export type FailureClass = keyof typeof failureClasses;

export interface StepFailure {
  readonly class: FailureClass;
  /** One or a few sentences for a person; never secrets, never content of files. */
  readonly message: string;
}

/** Ends a step early within this room; leaves it as a {@link StepFailure}, never as an exception. */
export class StepFailed extends Error {
  override readonly name = 'StepFailed';
  readonly failure: StepFailure;

  constructor(failureClass: FailureClass, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.failure = { class: failureClass, message };
  }
}

const full = new Set(['ENOSPC', 'EDQUOT', 'STORAGE_FULL']);
const unreachable = new Set(['STORAGE_UNREACHABLE', 'STORAGE_FAULT']);
const absent = new Set(['BLOB_NOT_FOUND', 'BLOB_CORRUPT', 'BLOB_TOO_LARGE', 'TREE_INVALID', 'JSON_INVALID']);

/** What an exception on the way means for the step. */
export function toFailure(error: unknown): StepFailure {
  if (error instanceof StepFailed) return error.failure;
  const code = isDomainError(error) ? error.code : (error as NodeJS.ErrnoException | undefined)?.code;
  const message = error instanceof Error ? error.message : String(error);
  if (code !== undefined && full.has(code)) return { class: 'storage-full', message };
  if (code !== undefined && unreachable.has(code)) return { class: 'storage-unreachable', message };
  if (code !== undefined && absent.has(code)) return { class: 'input-corrupt', message };
  return { class: 'internal', message };
}
