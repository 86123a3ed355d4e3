import { assertNoProblems, type Problem } from '#kernel';

const defaultPageSize = 50;
const largestPageSize = 1_000;

/**
 * How many items a list may answer with; 0 and absent mean 50.
 * @throws INVALID_REQUEST outside 1 to 1,000
 */
export function pageSize(requested: number | undefined): number {
  if (requested === undefined || requested === 0) return defaultPageSize;
  const fits = Number.isInteger(requested) && requested >= 1 && requested <= largestPageSize;
  assertNoProblems(
    fits
      ? []
      : [
          {
            code: 'INVALID_PAGE_SIZE',
            field: 'page_size',
            message: `must be from 1 to ${largestPageSize}`,
            found: String(requested),
          },
        ],
    'INVALID_REQUEST',
  );
  return requested;
}

/** The problem of a text field that must not be empty; put them together and pass them to `assertNoProblems`. */
export const missing = (field: string, value: string | Uint8Array | undefined): readonly Problem[] =>
  value === undefined || value.length === 0 || (typeof value === 'string' && value.trim() === '')
    ? [{ code: 'MISSING_FIELD', field, message: 'is required' }]
    : [];

/**
 * A field that must not be empty.
 * @throws INVALID_REQUEST; where a request has several, collect them with `missing` instead
 */
export function required<T extends string | Uint8Array>(field: string, value: T | undefined): T {
  assertNoProblems(missing(field, value), 'INVALID_REQUEST');
  return value as T;
}
