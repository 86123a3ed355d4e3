import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { EventStore, Position, StoredEvent } from '../event-store.js';
import { all, draws, events, idsOf, newStream, outcome, withStore } from './samples.js';
import type { OpenUnderTest } from './under-test.js';

const kind = fc.constantFrom('run', 'sweep', 'bundle');
const history = fc.array(fc.tuple(kind, fc.integer({ min: 1, max: 40 })), { maxLength: 12 });
const story = fc.record({
  before: history,
  meanwhile: history,
  kinds: fc.option(fc.uniqueArray(kind, { minLength: 1 }), { nil: undefined }),
  /** How many items each sitting takes before its reader goes away. */
  sittings: fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 5 }),
});

interface Sitting {
  readonly seen: readonly StoredEvent[];
  readonly position: Position | undefined;
  readonly caughtUp: boolean;
}

/** Reads `items` items of a subscription, then leaves; the position is that of the last thing it was told. */
async function sit(
  store: EventStore,
  after: Position | undefined,
  kinds: readonly string[] | undefined,
  items: number,
): Promise<Sitting> {
  const stop = new AbortController();
  const seen: StoredEvent[] = [];
  let [position, caughtUp, left] = [after, false, items];
  const options = { ...(after ? { after } : {}), ...(kinds ? { kinds } : {}), signal: stop.signal };
  for await (const item of store.subscribe(options)) {
    if (item.kind === 'events') seen.push(...item.events);
    caughtUp = item.kind === 'caught-up';
    position = item.kind === 'events' ? item.events.at(-1)?.position : item.position;
    if (--left === 0 || caughtUp) stop.abort();
  }
  return { seen, position, caughtUp };
}

export function resuming(open: OpenUnderTest): void {
  const check = withStore(open);
  const write = async (store: EventStore, batches: readonly (readonly [string, number])[]) => {
    for (const [of, count] of batches) await store.append(newStream(of), 'none', events(count));
  };

  it(
    'goes on after any position without gap or repeat, however often its reader goes away',
    check(async ({ store }) => {
      await fc.assert(
        fc.asyncProperty(story, async ({ before, meanwhile, kinds, sittings }) => {
          const start = await store.head();
          await write(store, before);
          const writing = write(store, meanwhile);
          const seen: StoredEvent[] = [];
          let position = start;
          for (const items of sittings) {
            const sitting = await sit(store, position, kinds, items);
            seen.push(...sitting.seen);
            position = sitting.position;
          }
          await writing;
          const last = await sit(store, position, kinds, Infinity);
          seen.push(...last.seen);
          expect(last).toMatchObject({ caughtUp: true, position: await store.head() });
          const wanted = { ...(start ? { after: start } : {}), ...(kinds ? { kinds } : {}) };
          expect(idsOf(seen)).toEqual(idsOf(await all(store.readAll(wanted))));
        }),
        { numRuns: draws(12) },
      );
    }),
  );

  it(
    'resumes after each single event of a batch',
    check(async ({ store }) => {
      await store.append(newStream(), 'none', events(7));
      const order = await all(store.readAll());
      for (const [i, { position }] of order.entries())
        expect(idsOf((await sit(store, position, undefined, Infinity)).seen)).toEqual(
          idsOf(order.slice(i + 1)),
        );
    }),
  );

  it(
    'says that a position is of a newer store than this one',
    check(async ({ store, beyond }) => {
      const { position } = await store.append(newStream(), 'none', events(1));
      const unknown = { kind: 'integrity', code: 'POSITION_UNKNOWN' };
      const after = beyond(position);
      expect(await outcome(all(store.readAll({ after })))).toEqual(unknown);
      expect(await outcome(sit(store, after, undefined, 1))).toEqual(unknown);
      expect((await sit(store, position, undefined, 1)).caughtUp).toBe(true);
    }),
  );
}
