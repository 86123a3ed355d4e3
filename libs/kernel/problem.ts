/** Where in a file a problem is; line and column count from 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/**
 * One thing wrong with an input. All problems of an input are collected and reported together.
 * `code` is stable, UPPER_SNAKE, never reused; `field` is a path such as `steps.train.in.clean`.
 */
export interface Problem {
  readonly code: string;
  readonly field: string;
  /** What is wrong, in a sentence without a full stop. */
  readonly message: string;
  /** What was found, shortened to 120 characters; never a secret. */
  readonly found?: string;
  /** What to do about it. */
  readonly fix?: string;
  readonly place?: Place;
}

/** `file:line:column  CODE  field: message, found X; fix` — one line, for people and editors. */
export function formatProblem(problem: Problem): string {
  const { place, code, field, message, found, fix } = problem;
  const where = place ? `${place.file}:${place.line}:${place.column}  ` : '';
  const what = field ? `${field}: ${message}` : message;
  return `${where}${code}  ${what}${found === undefined ? '' : `, found ${found}`}${fix ? `; ${fix}` : ''}`;
}
