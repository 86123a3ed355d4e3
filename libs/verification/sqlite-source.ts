import { DatabaseSync } from 'node:sqlite';
import type { Damage, EventSource, FoundEvent, FoundEvents, Unreadable } from './event-source.js';

const events = `SELECT seq - 1, stream, revision, lower(hex(event_id)), type, bytes FROM events
  WHERE seq > ? AND seq <= ? ORDER BY seq`;
const gaps = `SELECT (SELECT name FROM streams WHERE id = stream), count(*), max(revision) FROM events
  GROUP BY stream HAVING max(revision) + 1 <> count(*) LIMIT ?`;
const copies = `SELECT count(*) FROM events
  WHERE event_id = ? AND stream = (SELECT id FROM streams WHERE name = ?)`;

const keptNames = 20_000;
/** Problems of the file that are named. */
const namedDamage = 20;

type Row = readonly [
  index: number,
  stream: number,
  revision: number,
  id: string,
  type: number,
  bytes: Uint8Array,
];

/** The embedded event store, by statements of its own on a connection of its own that can only read. */
export function openSqliteSource(path: string): EventSource {
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    return sourceIn(database);
  } catch (error) {
    database.close();
    if (!isDamage(error)) throw error;
    const message = messageOf(error);
    return {
      read: () => ({ events: [], unreadable: [] }),
      count: () => 0,
      copies: () => 0,
      damage: () => [{ what: 'file', message }],
      close: () => undefined,
    };
  }
}

/** SQLITE_ERROR of a missing table, SQLITE_CORRUPT, SQLITE_NOTADB. */
const isDamage = (error: unknown): boolean =>
  [1, 11, 26].includes(((error as { errcode?: number }).errcode ?? 0) & 0xff);

function sourceIn(database: DatabaseSync): EventSource {
  database.exec(
    'PRAGMA busy_timeout = 5000; PRAGMA cache_size = -4096; PRAGMA cell_size_check = ON; PRAGMA trusted_schema = OFF',
  );
  const all = (sql: string, ...parameters: (string | number | Uint8Array)[]): unknown[][] => {
    const statement = database.prepare(sql);
    statement.setReturnArrays(true);
    return statement.all(...parameters) as unknown as unknown[][];
  };
  const select = database.prepare(events);
  select.setReturnArrays(true);
  const streamName = namesOf(database, 'streams');
  const typeName = namesOf(database, 'names');

  function read(from: number, to: number): FoundEvents {
    const found: FoundEvent[] = [];
    try {
      for (const row of select.iterate(from, to) as Iterable<unknown>) found.push(event(row as Row));
      return { events: found, unreadable: [] };
    } catch (error) {
      return narrowed(from, to, error);
    }
  }

  function event([index, stream, revision, id, type, bytes]: Row): FoundEvent {
    if (!(bytes instanceof Uint8Array)) throw new TypeError('its bytes are no bytes');
    return { index, stream: streamName(stream), revision, eventId: uuid(id), type: typeName(type), bytes };
  }

  /** Halves what cannot be read until single events remain. */
  function narrowed(from: number, to: number, error: unknown): FoundEvents {
    if (to - from <= 1) return { events: [], unreadable: [{ index: from, why: messageOf(error) }] };
    const middle = Math.floor((from + to) / 2);
    const halves = [read(from, middle), read(middle, to)];
    return {
      events: halves.flatMap((half) => half.events),
      unreadable: halves.flatMap((half): readonly Unreadable[] => half.unreadable),
    };
  }

  function damage(): readonly Damage[] {
    try {
      const file = all(`PRAGMA integrity_check(${namedDamage})`).map(([message]) => String(message));
      const streams = all(gaps, namedDamage).map(([stream, count, last]) => ({
        ...({ what: 'stream', stream: String(stream) } as const),
        message: `${String(stream)} has ${String(count)} events, the last one with revision ${String(last)}`,
      }));
      return [
        ...file.filter((message) => message !== 'ok').map((message) => ({ what: 'file', message }) as const),
        ...streams,
      ];
    } catch (error) {
      return [{ what: 'file', message: messageOf(error) }];
    }
  }

  return {
    read,
    count() {
      try {
        return Number(all('SELECT coalesce(max(seq), 0) FROM events')[0]?.[0]);
      } catch (error) {
        if (!isDamage(error)) throw error;
        return 0;
      }
    },
    copies: (stream, eventId) =>
      Number(all(copies, Buffer.from(eventId.replaceAll('-', ''), 'hex'), stream)[0]?.[0]),
    damage,
    close: () => database.close(),
  };
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const uuid = (hex: string): string =>
  `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;

/** Names by number, looked up once. An empty one where there is none, which no event of the log has. */
function namesOf(database: DatabaseSync, table: 'streams' | 'names'): (id: number) => string {
  const find = database.prepare(`SELECT name FROM ${table} WHERE id = ?`);
  const known = new Map<number, string>();
  return (id) => {
    const before = known.get(id);
    if (before !== undefined) return before;
    if (known.size >= keptNames) known.clear();
    const name = (find.get(id) as { name?: unknown } | undefined)?.name;
    const text = typeof name === 'string' ? name : '';
    known.set(id, text);
    return text;
  };
}
