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

/** Another run with the same history, but for its ids and its metrics. */
function copyOf(template: readonly StoredEvent[], value: number) {
  const run = systemChance.uuid();
  const ids = new Map(template.map(({ eventId }) => [eventId, systemChance.uuid()]));
  const original = streamUuid(template[0]?.stream as StoredEvent['stream']);
  const renamed = (text: string) =>
    [...ids].reduce((now, [from, to]) => now.replaceAll(from, to), text.replaceAll(original, run));
  const event = ({ eventId, type, bytes }: StoredEvent): EventToAppend => ({
    ...{ eventId: ids.get(eventId) as string, type },
    bytes: withMetric(type, Buffer.from(renamed(Buffer.from(bytes).toString())), value),
  });
  return ['run', 'bundle'].map((kind) => ({
    stream: streamId(kind, run),
    events: template.filter(({ stream }) => streamKind(stream) === kind).map(event),
  }));
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
  let left = runs - 1;
  const write = async () => {
    while (left-- > 0)
      for (const { stream, events } of copyOf(template, systemChance.fraction()))
        await eventStore.append(stream, 'none', events);
  };
  await Promise.all(Array.from({ length: callers }, write));
  await eventStore.close();
  return template.length;
}
