import type { ErrorKind } from '#kernel';

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
  exhausted: exitStatus.fault,
  unauthenticated: exitStatus.denied,
  forbidden: exitStatus.denied,
  unavailable: exitStatus.unreachable,
  timeout: exitStatus.unreachable,
  cancelled: exitStatus.interrupted,
  integrity: exitStatus.verification,
  bug: exitStatus.fault,
};

export const exitStatusOf = (kind: ErrorKind): ExitStatus => ofKind[kind];
