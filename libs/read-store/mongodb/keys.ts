import type { Json } from '#kernel';
import type { Document, FieldPath, Scalar } from '../read-store.js';

/**
 * A scalar as MongoDB sorts it in the order of the port: null is −∞, which no JSON number is; numbers; text; booleans. So a field
 * has one value in every row, and none is missing.
 */
export type Key = number | string | boolean;

export const nothing = -Infinity;

export function keyOf(value: Scalar): Key {
  if (value === null) return nothing;
  if (typeof value === 'string') return inOrder(value);
  // Zero has one key, though JSON can write two.
  return typeof value === 'number' ? value || 0 : value;
}

const outOfOrder = /[\ud7ff\ue000-\uffff]/g;

/**
 * Text that has the order of its code points whether it is compared by bytes in UTF-8, as MongoDB does, or by units of UTF-16, as
 * JavaScript and some compatible servers do: what only the latter puts behind the surrogates is written as two characters before them.
 */
export const inOrder = (text: string): string =>
  text.replace(outOfOrder, (char) => {
    const unit = char.charCodeAt(0);
    return `\ud7ff${String.fromCharCode(0x100 + (unit === 0xd7ff ? 0 : unit - 0xdfff))}`;
  });

const rankOf = (key: Key): number => ['number', 'string', 'boolean'].indexOf(typeof key);

export function compareKeys(a: Key, b: Key): number {
  if (typeof a !== typeof b) return rankOf(a) - rankOf(b);
  return a < b ? -1 : Number(a > b);
}

/** The key at a path; what is missing, or no scalar, is nothing. */
export function keyAt(document: Document, path: FieldPath): Key {
  let at: Json | undefined = document;
  for (const step of path.split('.')) {
    if (typeof at !== 'object' || at === null || Array.isArray(at) || !Object.hasOwn(at, step))
      return nothing;
    at = (at as Readonly<Record<string, Json>>)[step];
  }
  return scalarKey(at);
}

/** The key of any value. */
export const scalarKey = (value: Json | undefined): Key =>
  value === undefined || typeof value === 'object' ? nothing : keyOf(value);
