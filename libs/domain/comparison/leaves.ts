import type { Json } from '#kernel';
import { brief, type Area, type Difference } from './difference.js';

type Sides = { readonly a?: string; readonly b?: string };

const isBranch = (value: Json | undefined): value is { readonly [key: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const equal = (a: Json | undefined, b: Json | undefined): boolean =>
  a === b || (a !== undefined && b !== undefined && JSON.stringify(a) === JSON.stringify(b));

/**
 * Every leaf in which two JSON trees differ; arrays are leaves, and so is what only one side has.
 * Cost is linear in both trees.
 */
export function differingLeaves(
  area: Area,
  path: string,
  a: Json | undefined,
  b: Json | undefined,
  likelihood: number,
): Difference[] {
  if (isBranch(a) && isBranch(b)) {
    const keys = [...new Set([...Object.keys(a), ...Object.keys(b)])].sort();
    return keys.flatMap((key) => differingLeaves(area, `${path}.${key}`, a[key], b[key], likelihood));
  }
  if (equal(a, b)) return [];
  const sides: Sides = {
    ...(a === undefined ? {} : { a: brief(a) }),
    ...(b === undefined ? {} : { b: brief(b) }),
  };
  return [{ area, what: path, ...sides, detail: describe(a, b), likelihood }];
}

/** How one value became another, with the amount for numbers. */
export function describe(a: Json | undefined, b: Json | undefined): string {
  if (a === undefined) return 'only in the second';
  if (b === undefined) return 'only in the first';
  if (typeof a !== 'number' || typeof b !== 'number') return 'changed';
  const delta = b - a;
  const relative = a === 0 ? '' : ` (${percent(delta / Math.abs(a))})`;
  return `${delta > 0 ? '+' : ''}${Number(delta.toPrecision(6))}${relative}`;
}

const percent = (share: number): string => `${share > 0 ? '+' : ''}${(share * 100).toPrecision(3)} %`;
