import { choicesOf } from '../choices.js';
import type { Condition, FieldPath } from '../read-store.js';
import { firstBoolean, firstText, keyOf, nothing, type Key } from './keys.js';

/** A piece of SQL and the values of its placeholders. */
export interface Sql {
  readonly text: string;
  readonly values: readonly (Key | null)[];
}

/** What stands for a field in a statement. */
export type KeyOfField = (field: FieldPath) => string;

export const all = (parts: readonly Sql[]): Sql => ({
  text: parts.map(({ text }) => `(${text})`).join(' AND ') || '1',
  values: parts.flatMap(({ values }) => values),
});

export const whereOf = (conditions: readonly Condition[], key: KeyOfField): Sql =>
  all(conditions.map((condition) => conditionOf(condition, key(condition.field))));

function conditionOf(condition: Condition, key: string): Sql {
  const choices = choicesOf(condition);
  if (choices !== undefined)
    return choices.length === 1
      ? { text: `${key} = ?`, values: choices.map(keyOf) }
      : { text: `${key} IN (${choices.map(() => '?').join(', ')})`, values: choices.map(keyOf) };
  if ('isNot' in condition) return { text: `${key} <> ?`, values: [condition.isNot] };
  if ('prefix' in condition) {
    const { prefix } = condition;
    return prefix === ''
      ? { text: `${key} >= ${firstText} AND ${key} < ${firstBoolean}`, values: [] }
      : { text: `${key} >= ? AND ${key} < ?`, values: [prefix, `${prefix}\u{10ffff}`] };
  }
  const { from, to, exclusive = false } = condition as Extract<Condition, { from?: unknown }>;
  return all([
    ...(from === undefined ? [] : [bounded(key, exclusive ? '>' : '>=', from)]),
    ...(to === undefined ? [] : [bounded(key, exclusive ? '<' : '<=', to)]),
  ]);
}

/** Only values of the bound's own type are within it. */
function bounded(key: string, sign: string, bound: string | number): Sql {
  const below = sign.startsWith('<');
  const edge =
    typeof bound === 'string'
      ? below
        ? `${key} >= ${firstText}`
        : `${key} < ${firstBoolean}`
      : below
        ? `${key} > ${nothing}`
        : `${key} < ${firstText}`;
  return { text: `${key} ${sign} ? AND ${edge}`, values: [bound] };
}
