import type { Json } from '#kernel';
import { groupOf } from './outline.js';
import { pinsOf, type Lock } from './lock.js';

/** One pin that is not what it was; a side that is absent did not have it. */
export type Moved = { readonly field: string; readonly before?: Json; readonly after?: Json };

/** What moved between two locks, by field in byte order; the version of the tool is no pin. */
export const compareLock = (before: Lock, after: Lock): Moved[] => moved('', pinsOf(before), pinsOf(after));

function moved(field: string, before: Json | undefined, after: Json | undefined): Moved[] {
  if (before === after) return [];
  if (isGroup(before) && isGroup(after)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
    return keys.flatMap((key) =>
      moved(field ? `${field}.${key}` : key, groupOf(before)[key], groupOf(after)[key]),
    );
  }
  return [{ field, ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) }];
}

const isGroup = (value: Json | undefined): value is { readonly [key: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
