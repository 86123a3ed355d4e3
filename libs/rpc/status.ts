import type { ErrorKind } from '#kernel';

/** The one total map between kinds of failure and gRPC status codes. */
const codes = {
  invalid: 3,
  'not-found': 5,
  'already-exists': 6,
  rule: 9,
  conflict: 10,
  exhausted: 8,
  unauthenticated: 16,
  forbidden: 7,
  unavailable: 14,
  timeout: 4,
  cancelled: 1,
  integrity: 15,
  bug: 13,
} as const satisfies Record<ErrorKind, number>;

const kinds = new Map<number, ErrorKind>(
  Object.entries(codes).map(([kind, code]) => [code, kind as ErrorKind]),
);

export const codeOf = (kind: ErrorKind): number => codes[kind];

/** A code that Holdfast never sends (UNKNOWN, UNIMPLEMENTED, …) is a fault of somebody's program: `bug`. */
export const kindOf = (code: number): ErrorKind => kinds.get(code) ?? 'bug';

const names = [
  ...['OK', 'CANCELLED', 'UNKNOWN', 'INVALID_ARGUMENT', 'DEADLINE_EXCEEDED', 'NOT_FOUND', 'ALREADY_EXISTS'],
  ...['PERMISSION_DENIED', 'RESOURCE_EXHAUSTED', 'FAILED_PRECONDITION', 'ABORTED', 'OUT_OF_RANGE'],
  ...['UNIMPLEMENTED', 'INTERNAL', 'UNAVAILABLE', 'DATA_LOSS', 'UNAUTHENTICATED'],
];

/** The name of a status code as the gRPC documentation writes it. */
export const statusName = (code: number): string => names[code] ?? `STATUS_${code}`;
