import { describe, expect, it } from '@jest/globals';
import { systemClock } from '#kernel';
import type { Position } from '#event-store';
import { contextOf, onBench, streamOf, totals } from './testing/bench.js';

const stream = streamOf('a');
/** Nothing is waited for so long on any machine; it ends before the test does, and says why. */
const lookMs = 150_000;

describe('read models', () => {
  it(
    'follow, are waited for, and are the same when rebuilt',
    onBench(async ({ handler, run, eventStore }) => {
      const runner = run();
      const commands = handler();
      for (let i = 0; i < 700; i++) await commands.execute(streamOf(`s${i % 7}`), { by: i }, contextOf());
      await runner.waitFor((await eventStore.head()) as Position, lookMs);
      expect((await runner.view.get('all'))?.total).toBe((699 * 700) / 2);
      expect(await runner.rebuild()).toMatchObject({ identical: true, documents: 8 });
      const { position } = await commands.execute(streamOf('s0'), { by: 1 }, contextOf());
      await runner.waitFor(position!, lookMs);
      // An event that is shown may have come before the word that there are no more.
      while (!runner.ready()) await systemClock.sleep(1);
      expect(await runner.status()).toMatchObject({
        generation: 2,
        events: 701,
        documents: 8,
        state: 'live',
      });
    }),
  );

  it(
    'name the first document that someone changed, and are right again after a rebuild',
    onBench(async ({ handler, run, readStore }) => {
      const runner = run();
      const { position } = await handler().execute(stream, { by: 2 }, contextOf());
      await runner.waitFor(position!, lookMs);
      const lease = await readStore.acquireLease('projection:totals', 'one', 10_000);
      const before = await readStore.checkpoint('totals@1.1');
      const next = { ...before!, events: before!.events + 1 };
      await readStore.commit('totals@1.1', lease!, before, next, [{ put: { id: stream, total: 9 } }]);
      expect(await runner.rebuild()).toMatchObject({
        identical: false,
        firstDifference: {
          id: stream,
          live: expect.stringContaining('9'),
          rebuilt: expect.stringContaining('2'),
        },
      });
      expect((await runner.view.get(stream))?.total).toBe(2);
    }),
  );

  it(
    'rebuild themselves on start when their code has another version',
    onBench(async ({ handler, run, readStore }) => {
      const first = run();
      const { position } = await handler().execute(stream, { by: 2 }, contextOf());
      await first.waitFor(position!, lookMs);
      await first.close();
      const second = run(totals(2));
      await second.waitFor(position!, lookMs);
      expect((await second.view.get(stream))?.total).toBe(4);
      expect(await readStore.collections()).toEqual(['totals@2.2']);
    }),
  );

  it(
    'have one writer among instances; another takes over when it ends',
    onBench(async ({ handler, run }) => {
      const [one, two] = [run(totals(), 'one'), run(totals(), 'two')];
      const commands = handler();
      const first = await commands.execute(stream, { by: 1 }, contextOf());
      await Promise.all([one, two].map((runner) => runner.waitFor(first.position!, lookMs)));
      await one.close();
      const second = await commands.execute(stream, { by: 1 }, contextOf());
      await two.waitFor(second.position!, lookMs);
      expect((await two.view.get(stream))?.total).toBe(2);
    }),
  );

  it(
    'are paged without loss or repeat; a token of another list is refused',
    onBench(async ({ handler, run }) => {
      const runner = run();
      let position;
      for (let i = 0; i < 24; i++)
        ({ position } = await handler().execute(streamOf(`p${i}`), { by: i % 5 }, contextOf()));
      await runner.waitFor(position!, lookMs);
      const sort = { field: 'total', direction: 'desc' } as const;
      const pages: (readonly number[])[] = [];
      let pageToken = '';
      do {
        const page = await runner.view.page({ sort, pageSize: 5, pageToken });
        pages.push(page.items.map(({ total }) => total));
        pageToken = page.nextPageToken;
      } while (pageToken !== '');
      expect(pages.map((page) => page.length)).toEqual([5, 5, 5, 5, 5]);
      const one = Array.from({ length: 24 }, (_, i) => i % 5);
      expect(pages.flat()).toEqual([...one, one.reduce((a, b) => a + b)].sort((a, b) => b - a));
      const { nextPageToken } = await runner.view.page({ sort, pageSize: 4, pageToken: '' });
      const mixed = runner.view.page({ pageSize: 4, pageToken: nextPageToken });
      await expect(mixed).rejects.toMatchObject({ code: 'PAGE_TOKEN_STALE' });
      expect((await Array.fromAsync(runner.view.scan())).flat()).toHaveLength(25);
    }),
  );
});
