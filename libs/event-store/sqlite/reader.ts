import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { chunkBytes, chunkEvents, uuidFromBytes, type Chunk, type ReadCall, type Row } from './rows.js';

const columns = `events.seq, streams.name AS stream, events.revision, events.event_id AS eventId,
  (SELECT name FROM names WHERE id = events.type) AS type, events.bytes`;

const ofStream = `SELECT ${columns} FROM streams JOIN events ON events.stream = streams.id
  WHERE streams.name = ? AND events.revision >= ? AND events.seq <= ? ORDER BY events.revision LIMIT ?`;

const ofAll = `SELECT ${columns} FROM events JOIN streams ON streams.id = events.stream
  WHERE events.seq >= ? AND events.seq <= ? ORDER BY events.seq LIMIT ?`;

/** The index gives each kind in order and they are merged, so a chunk costs its own size however long the history is. */
const ofKinds = (kinds: number): string => {
  const one = 'SELECT seq FROM events WHERE kind = ? AND seq >= ? AND seq <= ?';
  return `SELECT ${columns} FROM (${Array(kinds).fill(one).join(' UNION ALL ')} ORDER BY seq LIMIT ?) AS found
    CROSS JOIN events ON events.seq = found.seq CROSS JOIN streams ON streams.id = events.stream ORDER BY found.seq`;
};

/** Reads one chunk at a time; the caller asks for the next one when it has used this one up. */
export function openReader(database: DatabaseSync): (call: ReadCall) => Chunk {
  const statements = new Map<string, StatementSync>();
  const prepare = (sql: string): StatementSync => {
    const known = statements.get(sql) ?? database.prepare(sql);
    statements.set(sql, known);
    return known;
  };
  const findName = database.prepare('SELECT id FROM names WHERE name = ?');

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
    const chunk: Row[] = [];
    let bytes = 0;
    for (const found of rows({ ...call, limit })) {
      const row = found as Omit<Row, 'eventId'> & { readonly eventId: Uint8Array };
      chunk.push({ ...row, eventId: uuidFromBytes(row.eventId) });
      bytes += row.bytes.length;
      if (bytes >= chunkBytes) return { rows: chunk, end: false };
    }
    return { rows: chunk, end: chunk.length < limit };
  };
}
