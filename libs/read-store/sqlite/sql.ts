import { DomainError } from '#kernel';
import type { Condition, FieldPath, Query, Scalar } from '../read-store.js';

/** A piece of SQL and the values of its placeholders. */
export interface Sql {
  readonly text: string;
  readonly values: readonly (string | number | null)[];
}

const collectionPattern = /^[a-z0-9][a-z0-9@._-]{0,127}$/;
const pathPattern = /^[A-Za-z_][A-Za-z0-9_-]*(\.[A-Za-z_0-9][A-Za-z0-9_-]*){0,7}$/;

/** The quoted name of a collection's table. @throws COLLECTION_NAME */
export function tableOf(collection: string): string {
  if (!collectionPattern.test(collection)) {
    throw new DomainError(
      'invalid',
      'COLLECTION_NAME',
      `${JSON.stringify(collection.slice(0, 50))} is no collection name`,
    );
  }
  return `"c:${collection}"`;
}

/**
 * Expressions that sort as the port says: null, numbers, strings in code point order, booleans. JSON booleans come out
 * of SQLite as 0 and 1, so a rank by JSON type stands before the value. UTF-8 memcmp is code point order.
 * @throws FIELD_PATH
 */
export function fieldOf(path: FieldPath): { readonly rank: string; readonly value: string } {
  if (!pathPattern.test(path)) {
    throw new DomainError('invalid', 'FIELD_PATH', `${JSON.stringify(path.slice(0, 50))} is no field path`);
  }
  const steps = path.split('.').map((step) => `."${step}"`);
  const json = `'$${steps.join('')}'`;
  return {
    rank: `CASE json_type(doc, ${json}) WHEN 'integer' THEN 1 WHEN 'real' THEN 1 WHEN 'text' THEN 2 WHEN 'true' THEN 3 WHEN 'false' THEN 3 ELSE 0 END`,
    value: `json_extract(doc, ${json})`,
  };
}

export const rankOf = (value: Scalar): number =>
  value === null ? 0 : typeof value === 'number' ? 1 : typeof value === 'string' ? 2 : 3;

const plain = (value: Scalar): string | number | null => (typeof value === 'boolean' ? Number(value) : value);

export function whereOf(conditions: readonly Condition[]): Sql {
  const parts = conditions.map(conditionOf);
  return {
    text: parts.length === 0 ? '1' : parts.map(({ text }) => `(${text})`).join(' AND '),
    values: parts.flatMap(({ values }) => values),
  };
}

function conditionOf(condition: Condition): Sql {
  const { rank, value } = fieldOf(condition.field);
  if ('is' in condition) {
    const wanted = Array.isArray(condition.is)
      ? (condition.is as readonly Scalar[])
      : [condition.is as Scalar];
    if (wanted.length === 0) return { text: '0', values: [] };
    const each = wanted.map((item) =>
      item === null ? `${value} IS NULL` : `(${value} = ? AND ${rank} = ${rankOf(item)})`,
    );
    return { text: each.join(' OR '), values: wanted.filter((item) => item !== null).map(plain) };
  }
  if ('isNot' in condition) return { text: `${value} IS NOT ? OR ${rank} <> 2`, values: [condition.isNot] };
  if ('prefix' in condition) {
    const { prefix } = condition;
    if (prefix === '') return { text: `${rank} = 2`, values: [] };
    return {
      text: `${rank} = 2 AND ${value} >= ? AND ${value} < ?`,
      values: [prefix, `${prefix}\u{10ffff}`],
    };
  }
  const { from, to, exclusive = false } = condition;
  const bounds = [
    ...(from === undefined ? [] : [{ sign: exclusive ? '>' : '>=', bound: from }]),
    ...(to === undefined ? [] : [{ sign: exclusive ? '<' : '<=', bound: to }]),
  ];
  return {
    text:
      bounds.map(({ sign, bound }) => `${rank} = ${rankOf(bound)} AND ${value} ${sign} ?`).join(' AND ') ||
      '1',
    values: bounds.map(({ bound }) => bound),
  };
}

/** One page by keyset: rows after `after` in the order of sort value, then id. */
export function pageOf(collection: string, { where = [], sort, limit, after }: Query): Sql {
  if (!Number.isInteger(limit) || limit < 1 || limit > 1000) {
    throw new DomainError('invalid', 'PAGE_LIMIT', 'a page has 1 to 1,000 rows');
  }
  const filter = whereOf(where);
  const down = sort?.direction === 'desc';
  const [sign, direction] = down ? ['<', 'DESC'] : ['>', 'ASC'];
  const keys = sort ? [fieldOf(sort.field).rank, fieldOf(sort.field).value] : [];
  // Of one rank anyway, the rank must not be named here: SQLite would sort every row instead of walking along the index.
  const sorted = sort && where.some((condition) => isOfOneRank(condition, sort.field)) ? keys.slice(1) : keys;
  const order = [...sorted, 'id'].map((key) => `${key} ${direction}`).join(', ');
  const behind = after ? beyond(keys, sign, after) : { text: '1', values: [] };
  return {
    text: `SELECT doc FROM ${tableOf(collection)} WHERE (${filter.text}) AND (${behind.text}) ORDER BY ${order} LIMIT ?`,
    values: [...filter.values, ...behind.values, limit],
  };
}

/** Whether what meets the condition has values of one JSON type only in the field. */
const isOfOneRank = (condition: Condition, field: FieldPath): boolean =>
  condition.field === field &&
  ('prefix' in condition ||
    ('from' in condition && condition.from !== undefined) ||
    ('to' in condition && condition.to !== undefined));

/** Row values do not order NULL, so the comparison is spelled out: rank, then value, then id. */
function beyond(
  keys: readonly string[],
  sign: string,
  after: { readonly value: Scalar; readonly id: string },
): Sql {
  const [rank, value] = keys;
  if (rank === undefined || value === undefined) return { text: `id ${sign} ?`, values: [after.id] };
  const own = rankOf(after.value);
  if (after.value === null)
    return { text: `${rank} ${sign} 0 OR (${rank} = 0 AND id ${sign} ?)`, values: [after.id] };
  const item = plain(after.value);
  return {
    text: `${rank} ${sign} ${own} OR (${rank} = ${own} AND (${value} ${sign} ? OR (${value} = ? AND id ${sign} ?)))`,
    values: [item, item, after.id],
  };
}
