import { expect, it } from '@jest/globals';
import type { EventStore, Position, ReadAllOptions } from '../event-store.js';
import { all, event, events, idsOf, newStream, outcome, sample, upTo, withStore } from './samples.js';
import type { OpenUnderTest } from './under-test.js';

const cancelled = { kind: 'cancelled', code: 'CANCELLED' };
const badPositions = ['', 'x', '-1', '0x1', '1.5', ' 1', '1\n', 'null', '9'.repeat(40)] as Position[];

/** 1,200 events in four kinds of streams, more than one batch of any engine. */
async function fill(store: EventStore) {
  const kinds = ['run', 'sweep', 'executor', 'rollout'];
  await Promise.all(upTo(40).map((i) => store.append(newStream(kinds[i % 4]), 'none', events(30, `${i}:`))));
  return all(store.readAll());
}

export function reading(open: OpenUnderTest): void {
  const check = withStore(open);

  it(
    'ends at once for a stream that is not there, and for a store with nothing in it',
    check(async ({ store }) => {
      expect(await all(store.readStream(newStream()))).toEqual([]);
      expect(await all(store.readAll())).toEqual([]);
      expect(await all(store.readAll({ kinds: ['run'], limit: 5 }))).toEqual([]);
      expect(await store.head()).toBeUndefined();
      await store.probe();
    }),
  );

  it(
    'a stream from any revision, up to any number',
    check(async ({ store }) => {
      const [stream, batch] = [newStream(), events(40)];
      await store.append(stream, 'none', batch);
      await store.append(newStream(), 'none', events(3));
      for (const from of [0, 1, 39, 40, 1000])
        for (const limit of [0, 1, 39, 40, 41, undefined]) {
          const options = { from, ...(limit === undefined ? {} : { limit }) };
          const expected = batch.slice(from, limit === undefined ? undefined : from + limit);
          expect(idsOf(await all(store.readStream(stream, options)))).toEqual(idsOf(expected));
        }
    }),
  );

  it(
    'everything after any position, of any kinds, up to any number',
    check(async ({ store }) => {
      const history = await fill(store);
      expect(history).toHaveLength(1200);
      const cuts = [undefined, 0, 1, 598, 1198, 1199];
      const choices = [undefined, ['sweep'], ['rollout', 'run', 'run'], ['absent'], ['sweep', 'absent'], []];
      for (const cut of cuts)
        for (const kinds of choices)
          for (const limit of [undefined, 0, 1, 250]) {
            const options: ReadAllOptions = {
              ...(cut === undefined ? {} : { after: history[cut]!.position }),
              ...(kinds === undefined ? {} : { kinds }),
              ...(limit === undefined ? {} : { limit }),
            };
            const wanted = history
              .slice(cut === undefined ? 0 : cut + 1)
              .filter(({ stream }) => kinds?.includes(stream.split('-')[0]!) ?? true)
              .slice(0, limit);
            expect(idsOf(await all(store.readAll(options)))).toEqual(idsOf(wanted));
          }
    }),
  );

  it(
    'does not take one kind for another that begins alike',
    check(async ({ store }) => {
      for (const kind of ['run', 'runbook', 'ru']) await store.append(newStream(kind), 'none', events(1));
      expect(await all(store.readAll({ kinds: ['run'] }))).toHaveLength(1);
    }),
  );

  it(
    'up to the head as it was before the first batch, however much is appended meanwhile',
    check(async ({ store }) => {
      await fill(store);
      for (const options of [{}, { kinds: ['run', 'sweep', 'executor', 'rollout'] }]) {
        const wanted = idsOf(await all(store.readAll(options)));
        const got: string[] = [];
        for await (const batch of store.readAll(options)) {
          got.push(...idsOf(batch));
          await store.append(newStream(), 'none', events(300));
        }
        expect(got).toEqual(wanted);
      }
    }),
  );

  it(
    'up to and with a position that was given, wherever one goes on from',
    check(async ({ store }) => {
      const history = await fill(store);
      for (const end of [0, 5, 600, 1199])
        for (const cut of [undefined, 0, 5, 599, 1199])
          for (const kinds of [undefined, ['run']]) {
            const options: ReadAllOptions = {
              upTo: history[end]!.position,
              ...(cut === undefined ? {} : { after: history[cut]!.position }),
              ...(kinds === undefined ? {} : { kinds }),
            };
            const wanted = history
              .slice(cut === undefined ? 0 : cut + 1, end + 1)
              .filter(({ stream }) => kinds?.includes(stream.split('-')[0]!) ?? true);
            expect(idsOf(await all(store.readAll(options)))).toEqual(idsOf(wanted));
          }
    }),
  );

  it(
    'sees at once what the same client has appended',
    check(async ({ store }) => {
      for (let i = 0; i < 30; i++) {
        const stream = newStream();
        const { position } = await store.append(stream, 'none', [event(String(i))]);
        const [stored, last, head] = await Promise.all([
          all(store.readStream(stream)),
          all(store.readAll()).then((list) => list.at(-1)),
          store.head(),
        ]);
        expect([stored[0]?.position, last?.position, head]).toEqual([position, position, position]);
        expect(store.headSeen()).toBe(position);
      }
    }),
  );

  it(
    'gives large events whole, whatever a batch holds',
    check(async ({ store }) => {
      const bodies = upTo(12).map(() => sample(900_000));
      for (const body of bodies) await store.append(newStream(), 'none', [event(body)]);
      const read = await all(store.readAll());
      expect(read.map(({ bytes }, i) => Buffer.compare(bytes, bodies[i]!))).toEqual(bodies.map(() => 0));
    }),
  );

  it(
    'throws when it is aborted, before it begins and in the middle: a part never passes for the whole',
    check(async ({ store }) => {
      const stream = newStream();
      await store.append(stream, 'none', events(1500));
      await store.append(stream, 1499, events(1500));
      const gone = AbortSignal.abort();
      expect(await outcome(all(store.readStream(stream, { signal: gone })))).toEqual(cancelled);
      expect(await outcome(all(store.readAll({ signal: gone })))).toEqual(cancelled);
      for (const read of [
        (signal: AbortSignal) => store.readStream(stream, { signal }),
        (signal: AbortSignal) => store.readAll({ signal }),
      ]) {
        const stop = new AbortController();
        let got = 0;
        const reading = (async () => {
          for await (const batch of read(stop.signal)) {
            got += batch.length;
            stop.abort();
          }
        })();
        expect(await outcome(reading)).toEqual(cancelled);
        expect(got).toBeLessThan(3000);
      }
    }),
  );

  it(
    'can be left in the middle',
    check(async ({ store }) => {
      await fill(store);
      for (let i = 0; i < 20; i++) for await (const batch of store.readAll()) if (batch.length > 0) break;
      expect(await all(store.readAll())).toHaveLength(1200);
    }),
  );

  it(
    'orders positions as events, and takes no other token for one',
    check(async ({ store }) => {
      const positions = (await fill(store)).map(({ position }) => position);
      expect(positions.toReversed().sort((a, b) => store.comparePositions(a, b))).toEqual(positions);
      expect(store.comparePositions(positions[5]!, positions[5]!)).toBe(0);
      const bad = { kind: 'invalid', code: 'BAD_POSITION' };
      for (const token of badPositions) {
        expect(() => store.comparePositions(positions[0]!, token)).toThrow(expect.objectContaining(bad));
        expect(() => store.comparePositions(token, positions[0]!)).toThrow(expect.objectContaining(bad));
        expect(await outcome(all(store.readAll({ after: token })))).toEqual(bad);
        expect(await outcome(store.subscribe({ after: token })[Symbol.asyncIterator]().next())).toEqual(bad);
      }
    }),
  );
}
