import { streamId, streamKind, streamUuid, systemChance } from '#kernel';
import { runCodec } from '#contracts/stored';
import type { EventToAppend, StoredEvent } from '#event-store';
import { openSqliteEventStore } from '#event-store/sqlite';
import { join } from 'node:path';
import { actedRuns } from './acted-runs.js';
import { startServer } from './server.js';
import { settled } from './settled.js';
import { declareTrivial } from './trivial-run.js';

const callers = 128;

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
  const eventStore = await openSqliteEventStore({ path: join(dataDir, 'events.sqlite') });
  const copyOf = copier(template);
  let left = runs - 1;
  const write = async () => {
    while (left-- > 0)
      for (const { stream, events } of copyOf(systemChance.fraction()))
        await eventStore.append(stream, 'none', events);
  };
  await Promise.all(Array.from({ length: callers }, write));
  await eventStore.close();
  return template.length;
}
