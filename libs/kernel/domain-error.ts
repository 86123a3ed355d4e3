import type { JsonObject } from './json.js';
import { formatProblem, type Problem } from './problem.js';

/** What kind of failure it is decides the gRPC status, the exit status and whether a retry can help. */
export const errorKinds = [
  'invalid',
  'not-found',
  'already-exists',
  'rule',
  'conflict',
  'exhausted',
  'unauthenticated',
  'forbidden',
  'unavailable',
  'timeout',
  'cancelled',
  'integrity',
  'bug',
] as const;
export type ErrorKind = (typeof errorKinds)[number];

export interface ErrorDetails {
  /** Every problem of the input, for `invalid` and `rule`. */
  readonly problems?: readonly Problem[];
  /** Facts for a program that handles the error; never secrets, never payloads. */
  readonly facts?: JsonObject;
  readonly cause?: unknown;
}

/** The one error type that crosses rooms. `code` is UPPER_SNAKE, stable and never reused. */
export class DomainError extends Error {
  override readonly name = 'DomainError';
  readonly kind: ErrorKind;
  readonly code: string;
  readonly problems: readonly Problem[];
  readonly facts: JsonObject;

  constructor(kind: ErrorKind, code: string, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.kind = kind;
    this.code = code;
    this.problems = details.problems ?? [];
    this.facts = details.facts ?? {};
  }
}

export const isDomainError = (error: unknown): error is DomainError => error instanceof DomainError;

/** Throws one `invalid` error that carries every problem; returns when there is none. */
export function assertNoProblems(problems: readonly Problem[], code = 'INVALID_INPUT'): void {
  if (problems.length === 0) return;
  const [first] = problems;
  const message =
    problems.length === 1 && first ? formatProblem(first) : `${problems.length} problems found in the input`;
  throw new DomainError('invalid', code, message, { problems });
}
