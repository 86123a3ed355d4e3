import type { DatabaseSync } from 'node:sqlite';
import { DomainError } from '#kernel';
import { uuidToBytes, type AppendCall, type Appended } from './rows.js';

interface Known {
  readonly id: number;
  readonly kind: number;
  revision: number;
}

/** Streams whose last revision is kept in memory. */
const knownStreams = 50_000;

/** Appends within the transaction that the caller has begun. `append` gives a function that answers or throws. */
export function openAppender(database: DatabaseSync): {
  append(call: AppendCall): () => Appended;
  head(): number;
  /** After a rollback: what memory says may be wrong. */
  forget(): void;
} {
  const insertName = database.prepare('INSERT INTO names (name) VALUES (?) RETURNING id');
  const findName = database.prepare('SELECT id FROM names WHERE name = ?');
  const insertStream = database.prepare('INSERT INTO streams (name, kind) VALUES (?, ?) RETURNING id');
  const findStream = database.prepare(
    'SELECT id, kind, (SELECT max(revision) FROM events WHERE stream = streams.id) AS revision FROM streams WHERE name = ?',
  );
  const findEvent = database.prepare(
    'SELECT seq, stream, revision, (SELECT name FROM names WHERE id = type) AS type, bytes FROM events WHERE event_id = ?',
  );
  const insertEvent = database.prepare(
    'INSERT INTO events (seq, stream, revision, kind, type, event_id, bytes) VALUES (?, ?, ?, ?, ?, ?, ?)',
  );
  const lastSeq = () =>
    (database.prepare('SELECT coalesce(max(seq), 0) AS seq FROM events').get() as { seq: number }).seq;

  const names = new Map<string, number>();
  const streams = new Map<string, Known>();
  let seq = lastSeq();

  function nameId(name: string): number {
    const known = names.get(name);
    if (known !== undefined) return known;
    const row = (findName.get(name) ?? insertName.get(name)) as { id: number };
    names.set(name, row.id);
    return row.id;
  }

  function lookUp(stream: string): Known | undefined {
    const known = streams.get(stream);
    if (known) return known;
    const row = findStream.get(stream) as { id: number; kind: number; revision: number } | undefined;
    return row && remember(stream, { ...row });
  }

  function remember(stream: string, known: Known): Known {
    if (streams.size >= knownStreams) streams.clear();
    streams.set(stream, known);
    return known;
  }

  function create(stream: string): Known {
    const kind = nameId(stream.slice(0, stream.indexOf('-')));
    const { id } = insertStream.get(stream, kind) as { id: number };
    return remember(stream, { id, kind, revision: -1 });
  }

  /** The first result, when exactly these events are already where this append would put them. */
  function repeated(call: AppendCall, known: Known | undefined): Appended | undefined {
    let last: Appended | undefined;
    for (const [i, event] of call.events.entries()) {
      const row = findEvent.get(uuidToBytes(event.eventId)) as
        { seq: number; stream: number; revision: number; type: string; bytes: Uint8Array } | undefined;
      if (row === undefined) continue;
      const same =
        row.stream === known?.id &&
        row.revision === call.expected + 1 + i &&
        row.type === event.type &&
        Buffer.compare(row.bytes, event.bytes) === 0;
      if (!same) {
        throw new DomainError(
          'already-exists',
          'EVENT_ID_REUSED',
          `event id ${event.eventId} belongs to another event`,
        );
      }
      last = { revision: row.revision, seq: row.seq };
    }
    return last?.revision === call.expected + call.events.length ? last : undefined;
  }

  function append(call: AppendCall): () => Appended {
    const known = lookUp(call.stream);
    const actual = known?.revision ?? -1;
    try {
      const before = repeated(call, known);
      if (before) return () => before;
    } catch (error) {
      return () => {
        throw error;
      };
    }
    if (actual !== call.expected) {
      return () => {
        const facts = { expected: call.expected, actual };
        throw new DomainError('conflict', 'WRONG_REVISION', `${call.stream} is at revision ${actual}`, {
          facts,
        });
      };
    }
    const target = known ?? create(call.stream);
    for (const { eventId, type, bytes } of call.events) {
      seq++;
      target.revision++;
      insertEvent.run(
        seq,
        target.id,
        target.revision,
        target.kind,
        nameId(type),
        uuidToBytes(eventId),
        bytes,
      );
    }
    const appended = { revision: target.revision, seq };
    return () => appended;
  }

  return {
    append,
    head: () => seq,
    forget() {
      names.clear();
      streams.clear();
      seq = lastSeq();
    },
  };
}
