import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { chunkOf, type Chunk, type Fact } from './chunk.js';
import { chunkBytes, chunkEvents, type ReadCall } from './rows.js';

/** Names by their numbers; null where there is none, and no row the fewer. */
const columns = `events.seq, events.revision, length(events.bytes) AS size, hex(events.event_id) AS id,
  (SELECT name FROM names WHERE names.id = events.type) AS type,
  (SELECT name FROM streams WHERE streams.id = events.stream) AS stream, events.bytes`;

const ofStream = `SELECT ${columns} FROM events
  WHERE stream = (SELECT id FROM streams WHERE name = ?) AND revision >= ? AND seq <= ? ORDER BY revision LIMIT ?`;

const ofAll = `SELECT ${columns} FROM events WHERE seq >= ? AND seq <= ? ORDER BY seq LIMIT ?`;

/** The index gives each kind in order and they are merged, so a chunk costs its own size however long the history is. */
const ofKinds = (kinds: number): string => {
  const one = 'SELECT seq FROM events WHERE kind = ? AND seq >= ? AND seq <= ?';
  return `SELECT ${columns} FROM (${Array(kinds).fill(one).join(' UNION ALL ')} ORDER BY seq LIMIT ?) AS found
    CROSS JOIN events ON events.seq = found.seq ORDER BY found.seq`;
};

const sizeOf = (rows: string): string => `SELECT count(*), total(size) FROM (${rows})`;
/** Whole columns as one value each: a row for each event takes twice the time. */
const together = (rows: string): string =>
  `SELECT group_concat(seq || ' ' || revision || ' ' || size || ' ' || id || ' ' || type || ' ' || stream, ' '),
    CAST(group_concat(bytes, '') AS BLOB) FROM (${rows})`;

type Row = readonly [
  ...(readonly [seq: number, revision: number, size: number, id: string]),
  ...(readonly [type: string | null, stream: string | null, bytes: Uint8Array]),
];

interface Wanted {
  readonly rows: string;
  readonly values: readonly (string | number)[];
}

/** Reads one chunk at a time; the caller asks for the next one when it has used this one up. */
export function openReader(database: DatabaseSync): (call: ReadCall) => Chunk {
  const statements = new Map<string, StatementSync>();
  const prepare = (sql: string): StatementSync => {
    const known = statements.get(sql);
    if (known !== undefined) return known;
    const prepared = database.prepare(sql);
    prepared.setReturnArrays(true);
    statements.set(sql, prepared);
    return prepared;
  };
  const findName = database.prepare('SELECT id FROM names WHERE name = ?');

  function wanted({ stream, kinds, from, upTo }: ReadCall, limit: number): Wanted | undefined {
    if (stream !== undefined) return { rows: ofStream, values: [stream, from, upTo, limit] };
    if (from > upTo) return undefined;
    if (kinds === undefined) return { rows: ofAll, values: [from, upTo, limit] };
    const ids = [...new Set(kinds)].flatMap(
      (kind) => (findName.get(kind) as { id: number } | undefined)?.id ?? [],
    );
    if (ids.length === 0) return undefined;
    return { rows: ofKinds(ids.length), values: [...ids.flatMap((id) => [id, from, upTo]), limit] };
  }

  function oneByOne({ rows, values }: Wanted, limit: number): Chunk {
    const facts: Fact[] = [];
    const parts: Uint8Array[] = [];
    let sizeBytes = 0;
    for (const row of prepare(rows).iterate(...values) as Iterable<unknown> as Iterable<Row>) {
      const [seq, revision, size, id, type, stream, part] = row;
      facts.push(seq, revision, size, id, type, stream);
      parts.push(part);
      if ((sizeBytes += part.length) >= chunkBytes) break;
    }
    const bytes = new Uint8Array(sizeBytes);
    let at = 0;
    for (const part of parts) {
      bytes.set(part, at);
      at += part.length;
    }
    return chunkOf({
      ...{ count: parts.length, facts, bytes },
      end: sizeBytes < chunkBytes && parts.length < limit,
    });
  }

  return (call) => {
    const limit = Math.min(call.limit, chunkEvents);
    const what = wanted(call, limit);
    if (what === undefined) return nothing();
    // Most streams are short.
    if (call.stream !== undefined) return oneByOne(what, limit);
    const { rows, values } = what;
    const get = (sql: string) => prepare(sql).get(...values) as unknown;
    const [count, sizeBytes] = get(sizeOf(rows)) as readonly [number, number];
    if (count === 0) return nothing();
    if (sizeBytes > chunkBytes) return oneByOne(what, limit);
    const [facts, bytes] = get(together(rows)) as readonly [string | null, Uint8Array];
    return chunkOf({ count, facts: facts?.split(' ') ?? [], bytes, end: count < limit });
  };
}

/** Each with bytes of its own, since they go over to who asked. */
const nothing = (): Chunk => chunkOf({ count: 0, facts: [], bytes: new Uint8Array(), end: true });

/** Streams of one answer: a millisecond for either side. */
const namesTogether = 1_000;

/** Names of streams after one, in the order in which they came to be. */
export function streamNames(database: DatabaseSync) {
  const find = database.prepare('SELECT id, name FROM streams WHERE id > ? ORDER BY id LIMIT ?');
  return (after: number) => {
    const rows = find.all(after, namesTogether) as unknown as readonly { id: number; name: string }[];
    return { names: rows.map(({ name }) => name), last: rows.at(-1)?.id ?? after };
  };
}
