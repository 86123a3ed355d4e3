import { checkLimit } from '../names.js';
import type { Condition, FieldPath, Query, Scalar } from '../read-store.js';
import { all, whereOf, type KeyOfField, type Sql } from './conditions.js';
import { keyInside, keyOf } from './keys.js';
import { columnOf, indexName, tableOf, wideTable, type Layout } from './layout.js';
import { findWalk, type Walk } from './walk.js';

const keyIn =
  ({ columns }: Layout): KeyOfField =>
  (field) =>
    field === 'id' ? 'c.id' : columns.has(field) ? `c.${columnOf(field)}` : keyInside('c.doc', field);

export function countOf(collection: string, layout: Layout, where: readonly Condition[]): Sql {
  const { text, values } = whereOf(where, keyIn(layout));
  return { text: `SELECT count(*) AS n FROM ${tableOf(collection)} AS c WHERE ${text}`, values };
}

/** One page by keyset: rows after `after` in the order of sort value, then id. */
export function pageOf(collection: string, layout: Layout, query: Query): Sql {
  const { limit } = query;
  checkLimit(limit);
  const walk = findWalk(query, layout);
  if (walk === undefined) return rowsOf(collection, layout, query);
  const [first, ...others] = walk.starts.map((start) => rowsOf(collection, layout, query, walk, start));
  if (others.length === 0) return first as Sql;
  const parts = [first as Sql, ...others];
  const direction = directionOf(query);
  return {
    text: `SELECT doc FROM (${parts.map(({ text }) => `SELECT * FROM (${text})`).join(' UNION ALL ')}) ORDER BY key ${direction}, id ${direction} LIMIT ?`,
    values: [...parts.flatMap(({ values }) => values), limit],
  };
}

const directionOf = ({ sort }: Query): string => (sort?.direction === 'desc' ? 'DESC' : 'ASC');

/** Rows in order: along an index from one start, or as SQLite finds best. */
function rowsOf(
  collection: string,
  layout: Layout,
  query: Query,
  walk?: Walk,
  start: readonly Scalar[] = [],
): Sql {
  const { where = [], sort, after, limit } = query;
  const inRow = keyIn(layout);
  const wide = walk?.wide === true;
  const key: KeyOfField = (field) => (wide && field === sort?.field ? 'w.key' : inRow(field));
  const id = wide ? 'w.id' : 'c.id';
  const order = sort ? [key(sort.field), id] : [id];
  const fixed = walk ? walk.fields.slice(0, start.length) : [];
  const condition = all([
    ...(wide ? [{ text: 'w.path = ?', values: [sort?.field as FieldPath] }] : []),
    ...fixed.map((field, i) => ({
      text: `${wide ? `w.${columnOf(field)}` : key(field)} = ?`,
      values: [keyOf(start[i] as Scalar)],
    })),
    whereOf(
      where.filter((other) => walk?.met.includes(other) !== true),
      key,
    ),
    ...(after ? [beyond(order, query, after)] : []),
  ]);
  const direction = directionOf(query);
  return {
    text: `SELECT ${order[0]} AS key, ${id} AS id, c.doc AS doc FROM ${sourceOf(collection, walk)} WHERE ${condition.text} ORDER BY ${order.map((by) => `${by} ${direction}`).join(', ')} LIMIT ?`,
    values: [...condition.values, limit],
  };
}

function sourceOf(collection: string, walk: Walk | undefined): string {
  const table = tableOf(collection);
  if (walk === undefined) return `${table} AS c`;
  if (!walk.wide) return `${table} AS c INDEXED BY ${indexName(collection, walk.fields)}`;
  // Of a cross join SQLite keeps the order.
  return `${wideTable(collection, walk.fields)} AS w CROSS JOIN ${table} AS c ON c.id = w.id`;
}

function beyond(
  order: readonly string[],
  query: Query,
  { value, id }: { readonly value: Scalar; readonly id: string },
): Sql {
  const sign = directionOf(query) === 'DESC' ? '<' : '>';
  const marks = order.map(() => '?').join(', ');
  return {
    text: `(${order.join(', ')}) ${sign} (${marks})`,
    values: order.length === 1 ? [id] : [keyOf(value), id],
  };
}
