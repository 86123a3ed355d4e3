import type { DatabaseSync } from 'node:sqlite';

export interface KnownStream {
  readonly id: number;
  readonly kind: number;
  /** Last one, moved by whoever appends. */
  revision: number;
}

/** Streams whose last revision is kept in memory. */
const keptStreams = 50_000;

/** Streams, their kinds and event types are stored once and known by number. */
export interface Names {
  nameId(name: string): number;
  stream(name: string): KnownStream | undefined;
  createStream(name: string): KnownStream;
  forget(): void;
}

export function openNames(database: DatabaseSync): Names {
  const insertName = database.prepare('INSERT INTO names (name) VALUES (?) RETURNING id');
  const findName = database.prepare('SELECT id FROM names WHERE name = ?');
  const insertStream = database.prepare('INSERT INTO streams (name, kind) VALUES (?, ?) RETURNING id');
  const findStream = database.prepare(
    'SELECT id, kind, (SELECT coalesce(max(revision), -1) FROM events WHERE stream = streams.id) AS revision FROM streams WHERE name = ?',
  );
  const names = new Map<string, number>();
  const streams = new Map<string, KnownStream>();

  function nameId(name: string): number {
    const known = names.get(name);
    if (known !== undefined) return known;
    const { id } = (findName.get(name) ?? insertName.get(name)) as { id: number };
    names.set(name, id);
    return id;
  }

  function remember(name: string, stream: KnownStream): KnownStream {
    if (streams.size >= keptStreams) streams.clear();
    streams.set(name, stream);
    return stream;
  }

  return {
    nameId,
    stream(name) {
      const known = streams.get(name);
      if (known) return known;
      const row = findStream.get(name) as { id: number; kind: number; revision: number } | undefined;
      return row && remember(name, { ...row });
    },
    createStream(name) {
      const kind = nameId(name.slice(0, name.indexOf('-')));
      const { id } = insertStream.get(name, kind) as { id: number };
      return remember(name, { id, kind, revision: -1 });
    },
    forget() {
      names.clear();
      streams.clear();
    },
  };
}
