import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { DomainError } from '#kernel';
import { packer, type Chunk } from './chunk.js';
import { chunkBytes, chunkEvents, type ReadCall } from './rows.js';

const columns = 'events.seq, events.stream, events.revision, events.event_id, events.type, events.bytes';

const ofStream = `SELECT ${columns} FROM events
  WHERE stream = (SELECT id FROM streams WHERE name = ?) AND revision >= ? AND seq <= ? ORDER BY revision LIMIT ?`;

const ofAll = `SELECT ${columns} FROM events WHERE seq >= ? AND seq <= ? ORDER BY seq LIMIT ?`;

/** The index gives each kind in order and they are merged, so a chunk costs its own size however long the history is. */
const ofKinds = (kinds: number): string => {
  const one = 'SELECT seq FROM events WHERE kind = ? AND seq >= ? AND seq <= ?';
  return `SELECT ${columns} FROM (${Array(kinds).fill(one).join(' UNION ALL ')} ORDER BY seq LIMIT ?) AS found
    CROSS JOIN events ON events.seq = found.seq ORDER BY found.seq`;
};

/** Names looked up by number and kept. */
const keptNames = 10_000;

type Columns = readonly [
  seq: number,
  stream: number,
  revision: number,
  eventId: Uint8Array,
  type: number,
  bytes: Uint8Array,
];

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
  const typeOf = lookup(database, 'SELECT name FROM names WHERE id = ?');
  const streamOf = lookup(database, 'SELECT name FROM streams WHERE id = ?');

  function rows({ stream, kinds, from, upTo, limit }: ReadCall): Iterable<unknown> {
    if (stream !== undefined) return prepare(ofStream).iterate(stream, from, upTo, limit);
    if (kinds === undefined) return prepare(ofAll).iterate(from, upTo, limit);
    const ids = [...new Set(kinds)].flatMap(
      (kind) => (findName.get(kind) as { id: number } | undefined)?.id ?? [],
    );
    if (ids.length === 0 || from > upTo) return [];
    return prepare(ofKinds(ids.length)).iterate(...ids.flatMap((id) => [id, from, upTo]), limit);
  }

  return (call) => {
    const limit = Math.min(call.limit, chunkEvents);
    const chunk = packer();
    for (const row of rows({ ...call, limit }) as Iterable<Columns>) {
      const [seq, stream, revision, eventId, type, bytes] = row;
      chunk.add({ seq, stream: streamOf(stream), revision, eventId, type: typeOf(type), bytes });
      if (chunk.sizeBytes() >= chunkBytes) return chunk.close(false);
    }
    return chunk.close(chunk.count() < limit);
  };
}

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

function lookup(database: DatabaseSync, sql: string): (id: number) => string {
  const find = database.prepare(sql);
  const names = new Map<number, string>();
  return (id) => {
    const known = names.get(id);
    if (known !== undefined) return known;
    const found = find.get(id) as { name: string } | undefined;
    if (found === undefined)
      throw new DomainError(
        'integrity',
        'STORE_CORRUPT',
        'an event refers to what is not there; restore a backup',
      );
    if (names.size >= keptNames) names.clear();
    names.set(id, found.name);
    return found.name;
  };
}
