import type { DatabaseSync } from 'node:sqlite';
import type { DomainError } from '#kernel';
import { eventIdReused, wrongRevision } from '../checks.js';
import { openNames } from './names.js';
import { uuidToBytes, type AppendCall, type Appended } from './rows.js';

interface StoredRow {
  readonly seq: number;
  readonly revision: number;
  readonly type: string;
  readonly bytes: Uint8Array;
}

/** What became of one append within the transaction. */
export type Outcome = { readonly appended: Appended } | { readonly refused: DomainError };

/** Appends within the transaction that the caller has begun; a refused append writes nothing. */
export interface Appender {
  append(call: AppendCall): Outcome;
  head(): number;
  /** After a rollback: what memory says may be wrong. */
  forget(): void;
}

export function openAppender(database: DatabaseSync): Appender {
  const findEvent = database.prepare(
    'SELECT seq, revision, (SELECT name FROM names WHERE id = type) AS type, bytes FROM events WHERE event_id = ? AND stream = ?',
  );
  const insertEvent = database.prepare(
    'INSERT INTO events (seq, stream, revision, kind, type, event_id, bytes) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (event_id, stream) DO NOTHING',
  );
  const removeAfter = database.prepare('DELETE FROM events WHERE seq > ?');
  const newest = database.prepare('SELECT coalesce(max(seq), 0) AS seq FROM events');
  const lastSeq = () => (newest.get() as { seq: number }).seq;
  const names = openNames(database);
  let seq = lastSeq();

  /** The events of this stream with this append's ids. @throws EVENT_ID_REUSED when one of them is not what is appended here */
  function present(call: AppendCall, stream: number | undefined): StoredRow[] {
    if (stream === undefined) return [];
    return call.events.flatMap((event, i) => {
      const row = findEvent.get(uuidToBytes(event.eventId), stream) as StoredRow | undefined;
      if (row === undefined) return [];
      const same =
        row.revision === call.expected + 1 + i &&
        row.type === event.type &&
        Buffer.compare(row.bytes, event.bytes) === 0;
      if (!same) throw eventIdReused(event.eventId);
      return [row];
    });
  }

  /** Undefined, and nothing written, when one of the ids is there already. */
  function insert(call: AppendCall): Appended | undefined {
    const stream = names.stream(call.stream) ?? names.createStream(call.stream);
    const before = seq;
    for (const { eventId, type, bytes } of call.events) {
      const [id, typeId] = [uuidToBytes(eventId), names.nameId(type)];
      const { changes } = insertEvent.run(
        ...([seq + 1, stream.id, stream.revision + 1, stream.kind, typeId, id, bytes] as const),
      );
      if (changes === 0) {
        removeAfter.run(before);
        stream.revision -= seq - before;
        seq = before;
        return undefined;
      }
      seq++;
      stream.revision++;
    }
    return { revision: stream.revision, seq };
  }

  /** Ids are looked for only where something is amiss: at the revision that was expected, the index finds them. */
  function append(call: AppendCall): Outcome {
    const known = names.stream(call.stream);
    const actual = known?.revision ?? -1;
    const appended = actual === call.expected ? insert(call) : undefined;
    if (appended !== undefined) return { appended };
    let before: StoredRow[];
    try {
      before = present(call, known?.id);
    } catch (error) {
      return { refused: error as DomainError };
    }
    const last = before.at(-1);
    if (last && before.length === call.events.length)
      return { appended: { revision: last.revision, seq: last.seq } };
    return { refused: wrongRevision(call.stream, call.expected, actual) };
  }

  return {
    append,
    head: () => seq,
    forget() {
      names.forget();
      seq = lastSeq();
    },
  };
}
