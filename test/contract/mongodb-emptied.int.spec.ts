import { describe, expect, it } from '@jest/globals';
import { canonicalize } from '#evidence';
import { systemClock } from '#kernel';
import type { Position } from '#event-store';
import { startProjection } from '#runtime';
import { contextOf, counterCodec, openBench, streamOf, totals } from '../../libs/runtime/testing/bench.js';
import { newDatabase } from './mongodb-database.js';

const lookMs = 60_000;

/** By the one that writes; the other may not have noticed yet that it is the other. */
async function rebuiltByOne(runners: readonly ReturnType<typeof startProjection>[]): Promise<unknown> {
  const began = performance.now();
  for (let i = 0; ; i++) {
    try {
      return await runners[i % 2]?.rebuild();
    } catch (error) {
      if (performance.now() - began > lookMs) throw error;
    }
  }
}

describe('MongoDB emptied under a running projection', () => {
  it.each(['with the next event', 'without one'])(
    'is noticed %s, and built again, identical',
    async (how) => {
      const [bench, database] = [await openBench(), newDatabase()];
      const readStore = await database.open();
      const { eventStore } = bench;
      const run = (owner: string) =>
        startProjection({
          ...{ projection: totals(), eventStore, readStore, clock: systemClock, owner },
          decoders: { counter: counterCodec },
        });
      const runners = [run('writer'), run('follower')];
      const caughtUp = async () => {
        const head = (await eventStore.head()) as Position;
        await Promise.all(runners.map((runner) => runner.waitFor(head, lookMs)));
      };
      // A follower hears a moment later that there is another generation.
      const counted = async (runner: (typeof runners)[number]) => {
        for (;;) {
          const count = await runner.view.count().catch((error: { code?: string }) => {
            if (error.code !== 'NOT_READY') throw error;
          });
          if (count !== undefined) return count;
          await systemClock.sleep(5);
        }
      };
      const documents = async () => {
        const [collection] = await readStore.collections();
        if (collection === undefined) return [];
        return (await Array.fromAsync(readStore.scan(collection))).flat().map(canonicalize);
      };
      try {
        const commands = bench.handler();
        for (let i = 0; i < 60; i++)
          await commands.execute(streamOf(`s${i % 7}`), { by: (i % 3) - 1 }, contextOf());
        await caughtUp();
        const before = await documents();
        expect(before.length).toBeGreaterThan(1);
        await database.drop();
        if (how === 'with the next event') await commands.execute(streamOf('other'), { by: -1 }, contextOf());
        const began = performance.now();
        const same = async () =>
          (await documents().catch(() => [])).filter((text) => before.includes(text)).length >=
          before.length - 1;
        while (!(await same()) && performance.now() - began < lookMs) await systemClock.sleep(20);
        await caughtUp();
        const after = await documents();
        if (how === 'without one') expect(after).toEqual(before);
        for (const runner of runners) {
          expect(await counted(runner)).toBe(after.length);
          while (!runner.ready()) await systemClock.sleep(5);
        }
        const rebuilt = await rebuiltByOne(runners);
        expect(rebuilt).toMatchObject({ identical: true, documents: after.length });
      } finally {
        await Promise.all(runners.map((runner) => runner.close()));
        await Promise.all([bench.dispose(), database.close()]);
        await database.drop();
      }
    },
  );
});
