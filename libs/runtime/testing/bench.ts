import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { streamId, systemChance, systemClock, type Clock, type Decider, type StreamId } from '#kernel';
import { nameId } from '#evidence';
import { eventCodec } from '#contracts/stored';
import type { EventStore } from '#event-store';
import { fileSubjects, type Subjects } from '#key-store';
import { openSqliteEventStore } from '#event-store/sqlite';
import type { Document, ReadStore } from '#read-store';
import { openSqliteReadStore } from '#read-store/sqlite';
import {
  commandHandler,
  startProjection,
  type CommandContext,
  type CommandHandler,
  type Projection,
  type ProjectionRunner,
} from '../index.js';

export type Counted = { readonly type: 'Counted'; readonly by: number };
export type Count = { readonly by: number; readonly limit?: number };

/** Adds, unless that goes beyond a limit; a repeated command counts again, so its retries are the handler's affair. */
export const counter: Decider<Count, number, Counted> = {
  initial: 0,
  decide: ({ by, limit = Infinity }, total) => (total + by > limit ? [] : [{ type: 'Counted', by }]),
  evolve: (total, { by }) => total + by,
};
export const counterCodec = eventCodec<Counted>({ Counted: { version: 1 } });

export const streamOf = (name: string, kind = 'counter'): StreamId => streamId(kind, nameId(kind, name));

export const contextOf = (commandId: string = systemChance.uuid()): CommandContext => ({
  commandId,
  actor: { id: '00000000-0000-4000-8000-00000000000a', type: 'person', roles: [] },
  correlationId: 'c',
  receivedAt: systemClock.now(),
});

export type Total = Document & { readonly total: number; readonly last: number };

/** One document per stream; a total that becomes negative removes it. */
export const totals = (version = 1): Projection<Total> => ({
  name: 'totals',
  version,
  kinds: ['counter'],
  indexes: ['total'],
  ids: ({ stream }) => [stream, 'all', stream],
  project(doc, event, id) {
    const total = (doc?.total ?? 0) + (event.data['by'] as number) * version;
    return total < 0 && id !== 'all' ? undefined : { id, total, last: event.index };
  },
});

export interface Bench {
  readonly eventStore: EventStore;
  readonly readStore: ReadStore;
  readonly people: Subjects;
  readonly dir: string;
  handler(): CommandHandler<Count, number, Counted>;
  run(projection?: Projection<Total>, owner?: string, clock?: Clock): ProjectionRunner<Total>;
  /** Closes what was started, then the stores; removes the data. */
  dispose(): Promise<void>;
}

/** The embedded stores in a folder of their own, or in one that is there already; killed at a fault point. */
export async function openBench(given?: string, fault?: string): Promise<Bench> {
  const dir = given ?? (await mkdtemp(join(tmpdir(), 'holdfast-runtime-')));
  const eventStore = await openSqliteEventStore({ path: join(dir, 'events.db') });
  const readStore = await openSqliteReadStore({ path: join(dir, 'read.db'), fault });
  const people = fileSubjects(join(dir, 'people'));
  const runners: ProjectionRunner<Total>[] = [];
  return {
    eventStore,
    readStore,
    people,
    dir,
    handler: () =>
      commandHandler({
        decider: counter,
        codec: counterCodec,
        eventStore,
        people,
        service: { name: 'test', version: '0' },
        clock: systemClock,
        chance: systemChance,
      }),
    run(projection = totals(), owner = 'one', clock = systemClock) {
      const decoders = { counter: counterCodec };
      const runner = startProjection({ projection, eventStore, readStore, clock, owner, decoders });
      runners.push(runner);
      return runner;
    },
    async dispose() {
      await Promise.all(runners.map((runner) => runner.close()));
      await Promise.all([eventStore.close(), readStore.close()]);
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** Runs a test on a bench of its own. */
export const onBench = (test: (bench: Bench) => Promise<void>) => async (): Promise<void> => {
  const bench = await openBench();
  try {
    await test(bench);
  } finally {
    await bench.dispose();
  }
};
