import { DatabaseSync, type StatementSync } from 'node:sqlite';
import type {
  Damage,
  EventSource,
  FoundEvent,
  FoundEvents,
  JudgedEvent,
  Page,
  Unreadable,
} from './event-source.js';
import { judgedEvent } from './judged.js';
import { damageIn } from './sqlite-damage.js';

const events = `SELECT seq - 1, stream, revision, lower(hex(event_id)), type, bytes, kind FROM events
  WHERE seq > ? AND seq <= ? ORDER BY seq`;
const sizeOf = 'SELECT total(length(bytes)) FROM events WHERE seq > ? AND seq <= ?';
/** Whole columns as one value each, for a row costs as much as all that is done with it. */
const page = `SELECT count(*), group_concat(length(e.bytes), ' '),
    CAST(group_concat(e.bytes, '') AS BLOB), CAST(group_concat(e.event_id, '') AS BLOB),
    group_concat('","revision":"' || e.revision || '","stream":"' || s.name || '","type":"' || t.name || '","v":1}', char(10))
  FROM events e CROSS JOIN streams s ON s.id = e.stream CROSS JOIN names t ON t.id = e.type
  WHERE e.seq > ? AND e.seq <= ? AND e.kind = s.kind AND e.revision NOT NULL AND s.name NOT NULL AND t.name NOT NULL
    AND typeof(e.bytes) = 'blob' AND typeof(e.event_id) = 'blob' AND length(e.event_id) = 16`;
const nextAt = 'SELECT min(seq) - 1 FROM events WHERE seq > ?';
const copies = `SELECT count(*) FROM events
  WHERE event_id = ? AND stream = (SELECT id FROM streams WHERE name = ?)`;

const ofStream = `SELECT bytes FROM events WHERE stream = (SELECT id FROM streams WHERE name = ?) ORDER BY revision LIMIT ?`;

const oneOf = `SELECT n.name, e.bytes FROM events e JOIN names n ON n.id = e.type
  WHERE e.stream = (SELECT id FROM streams WHERE name = ?)`;
const judged = `SELECT seq - 1, stream, revision, lower(hex(event_id)), type, bytes, kind FROM events
  WHERE kind IN (SELECT id FROM names WHERE name IN (SELECT value FROM json_each(?))) AND seq > ?
  ORDER BY seq LIMIT ?`;

const mostPageBytes = 8 * 2 ** 20;
const keptNames = 20_000;

type Row = readonly [
  ...(readonly [index: number, stream: number, revision: number, id: string, type: number]),
  ...(readonly [bytes: Uint8Array, kind: number]),
];

type PageRow = readonly [count: number, lengths: string, bytes: Uint8Array, ids: Uint8Array, rests: string];

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
      next: () => Infinity,
      copies: () => 0,
      stream: () => [],
      event: () => undefined,
      judged: () => [],
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
  const [select, selectPage, selectSize] = [events, page, sizeOf].map((sql) => {
    const statement = database.prepare(sql);
    statement.setReturnArrays(true);
    return statement;
  }) as [StatementSync, StatementSync, StatementSync];
  const readable = <T>(read: () => T, otherwise: T): T => {
    try {
      return read();
    } catch (error) {
      if (!isDamage(error)) throw error;
      return otherwise;
    }
  };
  const streams = streamsOf(database);
  const typeName = namesOf(database);

  function read(from: number, to: number): FoundEvents {
    const found: FoundEvent[] = [];
    try {
      for (const row of select.iterate(from, to) as Iterable<unknown>) found.push(event(row as Row));
      return { events: found, unreadable: [] };
    } catch (error) {
      return narrowed(from, to, error);
    }
  }

  function readPage(from: number, to: number): Page | undefined {
    try {
      const [size] = selectSize.get(from, to) as unknown as [number];
      if (size > mostPageBytes) return undefined;
      const [count, ...row] = selectPage.get(from, to) as unknown as PageRow;
      return count === to - from && count > 0 ? pageOf(row, count) : undefined;
    } catch {
      // Reading them one by one says what is wrong with which.
      return undefined;
    }
  }

  function event([index, stream, revision, id, type, bytes, kind]: Row): FoundEvent {
    if (!(bytes instanceof Uint8Array)) throw new TypeError('its bytes are no bytes');
    const { name, kind: ofStream } = streams(stream);
    if (kind !== ofStream)
      throw new TypeError('it is filed under another kind than its stream, so that some readers miss it');
    return { index, stream: name, revision, eventId: uuid(id), type: typeName(type), bytes };
  }

  /** None where it cannot be read, which is told when all are. */
  function judgedIn(row: Row): readonly JudgedEvent[] {
    try {
      return [judgedEvent(event(row))];
    } catch (error) {
      if (error instanceof TypeError) return [];
      throw error;
    }
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
      return damageIn(database);
    } catch (error) {
      return [{ what: 'file', message: messageOf(error) }];
    }
  }

  return {
    read,
    page: readPage,
    count: () => readable(() => Number(all('SELECT coalesce(max(seq), 0) FROM events')[0]?.[0]), 0),
    next: (from) => readable(() => Number(all(nextAt, from)[0]?.[0] ?? Infinity), Infinity),
    copies: (stream, eventId) =>
      Number(all(copies, Buffer.from(eventId.replaceAll('-', ''), 'hex'), stream)[0]?.[0]),
    stream: (name, most) =>
      readable(
        () => all(ofStream, name, most).flatMap(([bytes]) => (bytes instanceof Uint8Array ? [bytes] : [])),
        [],
      ),
    event: (stream, revision) =>
      readable(() => {
        const [found] =
          revision < 0
            ? all(`${oneOf} ORDER BY e.revision DESC LIMIT 1`, stream)
            : all(`${oneOf} AND e.revision = ?`, stream, revision);
        const [type, bytes] = found ?? [];
        return bytes instanceof Uint8Array ? { type: String(type), bytes } : undefined;
      }, undefined),
    judged: (kinds, after, most) =>
      readable(
        () =>
          all(judged, JSON.stringify(kinds), after + 1, most).flatMap((row) =>
            judgedIn(row as unknown as Row),
          ),
        [],
      ),
    damage,
    close: () => database.close(),
  };
}

/** Undefined where the parts do not fit each other: one has a separator in it. */
function pageOf(
  [lengths, bytes, ids, rests]: PageRow extends readonly [unknown, ...infer Rest] ? Rest : never,
  count: number,
): Page | undefined {
  const page = {
    ...{ bytes: bufferOf(bytes), ids: bufferOf(ids) },
    ...{ lengths: lengths.split(' ').map(Number), rests: rests.split('\n') },
  };
  const sum = page.lengths.reduce((all, length) => all + length, 0);
  const fits = page.lengths.length === count && page.rests.length === count;
  return fits && sum === bytes.length && ids.length === 16 * count ? page : undefined;
}

const bufferOf = ({ buffer, byteOffset, length }: Uint8Array): Buffer =>
  Buffer.from(buffer, byteOffset, length);

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const uuid = (hex: string): string =>
  `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;

/** Names by number, looked up once. An empty one where there is none, which no event of the log has. */
function namesOf(database: DatabaseSync): (id: number) => string {
  const find = database.prepare('SELECT name FROM names WHERE id = ?');
  return remembered((id) => {
    const name = (find.get(id) as { name?: unknown } | undefined)?.name;
    return typeof name === 'string' ? name : '';
  });
}

function streamsOf(
  database: DatabaseSync,
): (id: number) => { readonly name: string; readonly kind: unknown } {
  const find = database.prepare('SELECT name, kind FROM streams WHERE id = ?');
  return remembered((id) => {
    const { name, kind } = (find.get(id) as { name?: unknown; kind?: unknown } | undefined) ?? {};
    return { name: typeof name === 'string' ? name : '', kind };
  });
}

function remembered<T>(look: (id: number) => T): (id: number) => T {
  const known = new Map<number, T>();
  return (id) => {
    const before = known.get(id);
    if (before !== undefined) return before;
    if (known.size >= keptNames) known.clear();
    const found = look(id);
    known.set(id, found);
    return found;
  };
}
