import { checkPath } from '../names.js';
import type { FieldPath, Scalar } from '../read-store.js';

/**
 * A scalar as SQLite sorts it in the order of the port: null is −∞, which no JSON number is; numbers; text, whose bytes in UTF-8 are
 * in code point order; booleans are blobs. So one column holds a field, and no value is missing in it.
 */
export type Key = number | string | Uint8Array;

const booleans = { false: Uint8Array.of(0), true: Uint8Array.of(1) } as const;

export const keyOf = (value: Scalar): Key =>
  value === null ? -Infinity : typeof value === 'boolean' ? booleans[`${value}`] : value;

/** Where text begins, and where it ends: what is less than these is a number, or text. */
export const firstText = "''";
export const firstBoolean = "x''";
export const nothing = '-9e999';

/** A path as SQLite's JSON functions take it, quoted. @throws FIELD_PATH */
export function jsonPath(path: FieldPath): string {
  checkPath(path);
  return `'$${path
    .split('.')
    .map((step) => `."${step}"`)
    .join('')}'`;
}

/** The key of a field, worked out from a document's text. */
export const keyInside = (doc: string, path: FieldPath): string => {
  const at = jsonPath(path);
  return keyFrom(`json_type(${doc}, ${at})`, `json_extract(${doc}, ${at})`);
};

/** The key of a value of this JSON type, numbers as JavaScript has them; what is no scalar counts as null. */
export const keyFrom = (type: string, value: string): string =>
  `ifnull(CASE ${type} WHEN 'true' THEN x'01' WHEN 'false' THEN x'00' WHEN 'object' THEN NULL WHEN 'array' THEN NULL WHEN 'integer' THEN CAST(${value} AS REAL) ELSE ${value} END, ${nothing})`;
