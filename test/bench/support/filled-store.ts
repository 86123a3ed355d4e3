import { streamId, streamKind, streamUuid, systemChance, type StreamId } from '#kernel';
import { runCodec } from '#contracts/stored';
import type { EventToAppend, StoredEvent } from '#event-store';
import { openSqliteEventStore } from '#event-store/sqlite';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { actedRuns } from './acted-runs.js';
import { startServer } from './server.js';
import { settled } from './settled.js';
import { declareTrivial } from './trivial-run.js';

const runsPerCommit = 2_000;

/** Events of one run and of its bundle, as the services have written them. */
async function oneRun(dataDir: string): Promise<readonly StoredEvent[]> {
  const server = await startServer({ dataDir });
  await declareTrivial(server.connection);
  const run = await actedRuns(server.connection, 1);
  await run(1);
  await settled(server.connection, 1);
  await server.stop();
  const eventStore = await openSqliteEventStore({ path: join(dataDir, 'events.sqlite') });
  const events = (await Array.fromAsync(eventStore.readAll({ kinds: ['run', 'bundle'] }))).flat();
  await eventStore.close();
  return events;
}

/** Makes runs with the same history, but for their ids and their metrics. */
function copier(template: readonly StoredEvent[]) {
  const original = streamUuid(template[0]?.stream as StoredEvent['stream']);
  const old = [original, ...template.map(({ eventId }) => eventId)];
  // By turns what stays and an id; no event has a line break.
  const parts = template
    .map(({ bytes }) => Buffer.from(bytes).toString())
    .join('\n')
    .split(new RegExp(`(${old.join('|')})`));
  return (value: number) => {
    const ids = new Map(old.map((id) => [id, systemChance.uuid()]));
    const texts = parts
      .map((part) => ids.get(part) ?? part)
      .join('')
      .split('\n');
    const events = template.map(({ stream, eventId, type }, i) => ({
      ...{ kind: streamKind(stream), eventId: ids.get(eventId) as string, type },
      bytes: withMetric(type, Buffer.from(texts[i] as string), value),
    }));
    return ['run', 'bundle'].map((kind) => ({
      stream: streamId(kind, ids.get(original) as string),
      events: events
        .filter((event) => event.kind === kind)
        .map(({ kind: _, ...event }): EventToAppend => event),
    }));
  };
}

function withMetric(type: string, bytes: Buffer, value: number): Uint8Array {
  if (type !== 'RunCompleted') return bytes;
  const { event, metadata } = runCodec.decode(type, bytes);
  if (event.type !== 'RunCompleted') return bytes;
  const metrics = event.metrics.map((metric) => ({ ...metric, value }));
  return runCodec.encode({ ...event, metrics }, metadata);
}

/**
 * A data folder with so many runs that have ended and were sealed: one of them real, the others its copies, so that it takes seconds. No
 * read model has seen them yet.
 * @returns events of each run
 */
export async function fillStore(dataDir: string, runs: number): Promise<number> {
  const template = await oneRun(dataDir);
  const copyOf = copier(template);
  const database = new DatabaseSync(join(dataDir, 'events.sqlite'));
  database.exec('PRAGMA synchronous = OFF; PRAGMA cache_size = -262144');
  const append = appender(database);
  for (let done = 1; done < runs;) {
    database.exec('BEGIN');
    for (const end = Math.min(runs, done + runsPerCommit); done < end; done++)
      for (const { stream, events } of copyOf(systemChance.fraction())) append(stream, events);
    database.exec('COMMIT');
  }
  database.close();
  return template.length;
}

/** New streams as the event store writes them, but many in one transaction, without its threads and syncs. */
function appender(database: DatabaseSync) {
  const addStream = database.prepare('INSERT INTO streams (name, kind) VALUES (?, ?)');
  const addEvent = database.prepare(
    'INSERT INTO events (stream, revision, kind, type, event_id, bytes) VALUES (?, ?, ?, ?, ?, ?)',
  );
  const names = database.prepare('SELECT name, id FROM names').all();
  const ids = new Map(names.map(({ name, id }) => [name as string, id as number]));
  const idOf = (name: string): number => {
    const id = ids.get(name);
    if (id === undefined) throw new Error(`the real run has no ${name}`);
    return id;
  };
  return (stream: StreamId, events: readonly EventToAppend[]) => {
    const kind = idOf(streamKind(stream));
    const { lastInsertRowid } = addStream.run(stream, kind);
    for (const [revision, { eventId, type, bytes }] of events.entries()) {
      const id = Buffer.from(eventId.replaceAll('-', ''), 'hex');
      addEvent.run(lastInsertRowid, revision, kind, idOf(type), id, bytes);
    }
  };
}
