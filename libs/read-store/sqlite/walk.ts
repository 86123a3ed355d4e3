import { choicesOf, wantsValue } from '../choices.js';
import type { Condition, FieldPath, Query, Scalar } from '../read-store.js';
import type { Layout } from './layout.js';

/** An index that has the rows of a query in the query's own order, once for each choice of values in its first fields. */
export interface Walk {
  readonly fields: readonly FieldPath[];
  readonly wide: boolean;
  /** A value for each field but the last (for all of them, when the order is that of ids). */
  readonly starts: readonly (readonly Scalar[])[];
  /** What the starts stand for. */
  readonly met: readonly Condition[];
}

/** Each start is a walk of its own; of more than these, looking at every row is not much worse. */
const mostStarts = 16;

/** Along the first index that fits; undefined when there is none, and rows must be sorted. */
export function findWalk({ where = [], sort }: Query, { indexes, wide }: Layout): Walk | undefined {
  const choices = new Map(where.flatMap((c) => (choicesOf(c) === undefined ? [] : [[c.field, c] as const])));
  const present = sort !== undefined && where.some((c) => c.field === sort.field && wantsValue(c));
  const walks = [
    ...indexes.filter((fields) => sort === undefined || fields.at(-1) === sort.field),
    ...(present ? wide.filter((fields) => isBelow(sort.field, fields.at(-1) as FieldPath)) : []),
  ].flatMap((fields) => {
    const met = (sort === undefined ? fields : fields.slice(0, -1)).map((field) => choices.get(field));
    const starts = startsOf(met);
    return starts === undefined
      ? []
      : [{ fields, wide: wide.includes(fields), starts, met: met as Condition[] }];
  });
  const [best] = walks;
  // What no first field rules out may still be few rows by another index: SQLite knows which.
  const alone = best?.fields.length === 1 && sort !== undefined && !best.wide;
  return alone && where.some((c) => c.field !== sort.field && startsAt(indexes, c)) ? undefined : best;
}

const startsAt = (indexes: Layout['indexes'], condition: Condition): boolean =>
  choicesOf(condition) !== undefined && indexes.some(([first]) => first === condition.field);

/** `metrics.auc` is directly below `metrics.*`. */
function isBelow(field: FieldPath, above: FieldPath): boolean {
  const prefix = above.slice(0, -1);
  return field.startsWith(prefix) && !field.slice(prefix.length).includes('.');
}

/** Every combination of their choices; undefined when one has none, or there are too many. */
function startsOf(
  conditions: readonly (Condition | undefined)[],
): readonly (readonly Scalar[])[] | undefined {
  let starts: readonly (readonly Scalar[])[] = [[]];
  for (const condition of conditions) {
    const values = new Set(condition && choicesOf(condition));
    starts = starts.flatMap((start) => [...values].map((value) => [...start, value]));
    if (starts.length === 0 || starts.length > mostStarts) return undefined;
  }
  return starts;
}
