import type { Filter } from 'mongodb';
import { choicesOf } from '../choices.js';
import type { Condition, Document } from '../read-store.js';
import { keyAt, inOrder, keyOf, nothing, type Key } from './keys.js';
import type { Row } from './rows.js';

/** What a condition allows a key to be: the same for the server and for documents in memory. */
type Bounds = Readonly<Partial<Record<'$eq' | '$ne' | '$gt' | '$gte' | '$lt' | '$lte', Key>>> & {
  readonly $in?: readonly Key[];
};

const lastText = '\u{10ffff}';

function boundsOf(condition: Condition): Bounds {
  const choices = choicesOf(condition);
  if (choices !== undefined)
    return choices.length === 1 ? { $eq: keyOf(choices[0] ?? null) } : { $in: choices.map(keyOf) };
  if ('isNot' in condition) return { $ne: keyOf(condition.isNot) };
  if ('prefix' in condition) {
    const prefix = inOrder(condition.prefix);
    return prefix === '' ? { $gte: '' } : { $gte: prefix, $lt: `${prefix}${lastText}` };
  }
  const { from, to, exclusive = false } = condition as Extract<Condition, { from?: unknown }>;
  return {
    ...(from === undefined ? {} : { [exclusive ? '$gt' : '$gte']: keyOf(from) }),
    // Nothing is no number, though it stands among them.
    ...(from === undefined && typeof to === 'number' ? { $gt: nothing } : {}),
    ...(to === undefined ? {} : { [exclusive ? '$lt' : '$lte']: keyOf(to) }),
  };
}

/** MongoDB's own comparisons are among values of one type, as the port's are. */
export const filterOf = (name: string, condition: Condition): Filter<Row> => {
  const bounds = boundsOf(condition);
  return Object.keys(bounds).length === 0 ? {} : ({ [name]: bounds } as Filter<Row>);
};

const comparisons: Readonly<Record<string, (key: Key, bound: Key) => boolean>> = {
  $eq: (key, bound) => key === bound,
  $ne: (key, bound) => key !== bound,
  $gt: (key, bound) => typeof key === typeof bound && key > bound,
  $gte: (key, bound) => typeof key === typeof bound && key >= bound,
  $lt: (key, bound) => typeof key === typeof bound && key < bound,
  $lte: (key, bound) => typeof key === typeof bound && key <= bound,
};

/** A condition, worked out once, on documents in memory. */
export function meets(condition: Condition): (document: Document) => boolean {
  const { $in, ...bounds } = boundsOf(condition);
  const checks = Object.entries(bounds).map(
    ([sign, bound]) =>
      (key: Key) =>
        comparisons[sign]?.(key, bound as Key) === true,
  );
  return (document) => {
    const key = keyAt(document, condition.field);
    return ($in === undefined || $in.includes(key)) && checks.every((check) => check(key));
  };
}
