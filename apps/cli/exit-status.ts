import type { DomainError, ErrorKind } from '#kernel';

/** What a script can rely on; INTERFACE of the command line. */
export const exitStatus = {
  success: 0,
  fault: 1,
  /** Wrong usage, invalid input, or whatever admission would refuse. */
  invalid: 2,
  /** The run failed or was cancelled, or a reproduction could not run. */
  runFailed: 3,
  /** A difference or drift was found. */
  difference: 4,
  /** Evidence does not hold. */
  verification: 5,
  /** The server is not there, or cannot take it now: no answer in time, a full or read-only disk, a full queue. */
  unreachable: 6,
  denied: 7,
  notFound: 8,
  interrupted: 130,
} as const;
export type ExitStatus = (typeof exitStatus)[keyof typeof exitStatus];

const ofKind: Record<ErrorKind, ExitStatus> = {
  invalid: exitStatus.invalid,
  'not-found': exitStatus.notFound,
  'already-exists': exitStatus.invalid,
  rule: exitStatus.invalid,
  conflict: exitStatus.fault,
  exhausted: exitStatus.unreachable,
  unauthenticated: exitStatus.denied,
  forbidden: exitStatus.denied,
  unavailable: exitStatus.unreachable,
  timeout: exitStatus.unreachable,
  cancelled: exitStatus.interrupted,
  integrity: exitStatus.verification,
  bug: exitStatus.fault,
};

/** What is larger than may be is wrong as it stands; for what there is no room now, later there may be. */
export const exitStatusOf = ({ kind, code }: Pick<DomainError, 'kind' | 'code'>): ExitStatus =>
  code.endsWith('_TOO_LARGE') ? exitStatus.invalid : ofKind[kind];
