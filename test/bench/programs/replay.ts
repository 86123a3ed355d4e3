import { systemClock } from '#kernel';
import type { StoredEvent } from '#event-store';
import { openSqliteEventStore } from '#event-store/sqlite';
import { openSqliteReadStore } from '#read-store/sqlite';
import { startProjection, type Projection } from '#runtime';
import type { Document } from '#read-store';
import type { Program } from '../harness/figure.js';
import { bareFold } from '../support/bare-fold.js';
import { fillStore } from '../support/filled-store.js';
import { temporaryFolder } from '../support/folder.js';

/** One document a run, of everything its events say. */
const replayed: Projection = {
  ...{ name: 'replayed', version: 1, kinds: ['run'], indexes: ['namespace'] },
  ids: ({ stream }) => [stream],
  project: (document, { data }, id): Document => ({ ...document, ...data, id }),
};

/** From an empty read store to the head, by the runner that feeds every read model. */
export const replay: Program = async (full) => {
  const folder = await temporaryFolder('replay');
  await fillStore(folder.at('data'), full ? 50_000 : 2500);
  const eventStore = await openSqliteEventStore({ path: folder.at('data', 'events.sqlite') });
  const events = (await Array.fromAsync(eventStore.readAll({ kinds: ['run'] }))).flat();
  const head = events.at(-1)?.position as StoredEvent['position'];
  const bare = bareFold(
    folder.at('bare.sqlite'),
    events.map(({ stream, bytes }) => ({ id: stream, bytes })),
  );
  let made = 0;
  return {
    async ours() {
      const readStore = await openSqliteReadStore({ path: folder.at(`views-${made++}.sqlite`) });
      const startedAt = performance.now();
      const runner = startProjection({
        ...{ projection: replayed, eventStore, readStore, clock: systemClock, owner: 'bench' },
      });
      await runner.waitFor(head, 120_000);
      const seconds = (performance.now() - startedAt) / 1000;
      await runner.close();
      await readStore.close();
      return { 'replay.rate': events.length / seconds };
    },
    bare: () => Promise.resolve({ 'replay.rate': bare.fold() }),
    ...(full ? {} : { smaller: { 'replay.rate': `${events.length} events` } }),
    async close() {
      await eventStore.close();
      bare.close();
      await folder.remove();
    },
  };
};
