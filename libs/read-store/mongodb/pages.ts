import type { Filter, Sort } from 'mongodb';
import { checkLimit, checkPath } from '../names.js';
import type { Condition, Document, Query } from '../read-store.js';
import { filterOf, meets } from './conditions.js';
import { compareKeys, inOrder, keyAt, keyOf, nothing, type Key } from './keys.js';
import { documentOf, nameOf, onlyText, type Row } from './rows.js';
import type { Snapshot } from './snapshots.js';

/** Conditions that the server can answer, and those that are left for us. */
function divided(where: readonly Condition[], { layout, pending }: Snapshot) {
  for (const { field } of where) checkPath(field);
  const named = where.map((condition) => ({ condition, name: nameOf(condition.field, layout, where) }));
  const filters = named.flatMap(({ condition, name }) => (name ? [filterOf(name, condition)] : []));
  const others: Filter<Row>[] = pending.size === 0 ? [] : [{ _id: { $nin: [...pending.keys()] } }];
  const rest = named.flatMap(({ condition, name }) => (name ? [] : [meets(condition)]));
  return { filters: [{ 'r.live': true } as Filter<Row>, ...filters, ...others], rest };
}

const overlaid = ({ pending }: Snapshot, where: readonly Condition[]): Document[] => {
  const conditions = where.map(meets);
  return [...pending.values()]
    .filter(({ r }) => r.live)
    .map(documentOf)
    .filter((document) => conditions.every((met) => met(document)));
};

export async function countOf(at: Snapshot, where: readonly Condition[]): Promise<number> {
  const { filters, rest } = divided(where, at);
  const ours = overlaid(at, where).length;
  if (rest.length === 0) return ours + (await at.rows.countDocuments({ $and: filters }));
  let found = ours;
  for await (const row of at.rows.find({ $and: filters }, { projection: onlyText })) {
    const document = documentOf(row);
    if (rest.every((met) => met(document))) found++;
  }
  return found;
}

/** One page by keyset. What the server has no key for is looked at here, row by row. */
export async function pageOf(at: Snapshot, query: Query): Promise<Document[]> {
  const { where = [], sort, after, limit } = query;
  checkLimit(limit);
  if (sort) checkPath(sort.field);
  const { filters, rest } = divided(where, at);
  const sign = sort?.direction === 'desc' ? -1 : 1;
  const compare = comparing(query, sign);
  const last = after && { key: sort ? keyOf(after.value) : nothing, id: inOrder(after.id) };
  const beyond = (document: Document) => last === undefined || compare(placeOf(document, query), last) > 0;
  const by = sort ? nameOf(sort.field, at.layout, where) : '_id';
  const order: Sort = by === undefined || by === '_id' ? { _id: sign } : { [by]: sign, _id: sign };

  let found: Document[] = [];
  const shorten = () => (found = inOrderOf(found, query, compare).slice(0, limit));
  for (const segment of by === undefined ? [{}] : segmentsAfter(by, sign, last)) {
    const left = limit - found.length;
    const most = by !== undefined && rest.length === 0 ? { limit: left } : {};
    const cursor = at.rows.find(
      { $and: [...filters, segment] },
      { projection: onlyText, ...(by === undefined ? {} : { sort: order, ...most }) },
    );
    for await (const row of cursor) {
      const document = documentOf(row);
      if (rest.every((met) => met(document)) && beyond(document)) found.push(document);
      if (by !== undefined && found.length === limit) break;
      if (found.length >= 2 * limit + 1000) shorten();
    }
    if (by !== undefined && found.length === limit) break;
  }
  found.push(...overlaid(at, where).filter(beyond));
  return shorten();
}

interface Place {
  readonly key: Key;
  readonly id: string;
}

const placeOf = (document: Document, { sort }: Query): Place => ({
  key: sort ? keyAt(document, sort.field) : nothing,
  id: inOrder(document.id),
});

const comparing =
  (query: Query, sign: 1 | -1) =>
  (a: Place, b: Place): number =>
    sign * (compareKeys(a.key, b.key) || compareKeys(a.id, b.id));

const inOrderOf = (documents: readonly Document[], query: Query, compare: ReturnType<typeof comparing>) =>
  documents
    .map((document) => ({ document, place: placeOf(document, query) }))
    .sort((a, b) => compare(a.place, b.place))
    .map(({ document }) => document);

/** In the order of types; each comparison stays among values of one. */
const types: readonly Key[] = [nothing, '', false];

/**
 * What comes after a place, in pieces that follow one another, each one stretch of an index: the same key with further ids, further
 * keys of the same type, the types after it.
 */
function segmentsAfter(name: string, sign: 1 | -1, last: Place | undefined): readonly Filter<Row>[] {
  if (last === undefined) return [{}];
  const further = sign === 1 ? '$gt' : '$lt';
  if (name === '_id') return [{ _id: { [further]: last.id } }] as Filter<Row>[];
  const type = types.findIndex((first) => typeof first === typeof last.key);
  const others = sign === 1 ? types.slice(type + 1) : types.slice(0, type).toReversed();
  return [
    { [name]: last.key, _id: { [further]: last.id } },
    { [name]: { [further]: last.key } },
    ...others.map((first) => ({ [name]: { $gte: first } })),
  ] as Filter<Row>[];
}
