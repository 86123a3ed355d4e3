import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { streamKind, type StreamId } from '#kernel';
import type { Position, StoredEvent, SubscriptionItem } from '../event-store.js';
import { openClosing } from './closing.js';
import { openFeed, type Feed, type Source } from './feed.js';
import { followed } from './follower.js';
import { isAfter, positionOf } from './positions.js';

/** An engine of one array. Each of its subscriptions gives at most so many events at a time. */
const together = 100;

function engine() {
  const log: StoredEvent[] = [];
  const waiting = new Set<() => void>();
  const running = new Set<{ broken: boolean; readonly kinds: readonly string[] | undefined }>();
  const closing = openClosing();
  let opened = 0;
  const wakeAll = () => waiting.forEach((wake) => wake());

  async function* subscribe({
    after,
    kinds,
    signal,
  }: Parameters<Source['subscribe']>[0]): AsyncGenerator<SubscriptionItem, void> {
    const own = { broken: false, kinds };
    running.add(own);
    opened += 1;
    let next = log.findIndex(({ position }) => isAfter(position, after));
    if (next < 0) next = log.length;
    let told = -1;
    signal?.addEventListener('abort', wakeAll);
    try {
      while (signal?.aborted !== true) {
        closing.assertOpen();
        if (own.broken) throw new Error('the engine broke it off');
        const some = log.slice(next, (next += together));
        next = Math.min(next, log.length);
        const events = some.filter(({ stream }) => kinds?.includes(streamKind(stream)) ?? true);
        if (events.length > 0) yield { kind: 'events', events };
        else if (some.length === 0 && told !== next) {
          told = next;
          yield { kind: 'caught-up', position: log.at(-1)?.position };
        } else if (some.length === 0) {
          const woken = Promise.withResolvers<void>();
          waiting.add(woken.resolve);
          await woken.promise;
          waiting.delete(woken.resolve);
        }
      }
    } finally {
      running.delete(own);
    }
  }

  return {
    source: { closing, head: () => Promise.resolve(log.at(-1)?.position), subscribe } satisfies Source,
    opened: () => opened,
    running,
    /** Nobody has a subscription of its own any more. */
    async isOnlyFed() {
      while (running.size > 1) await new Promise(setImmediate);
    },
    close() {
      closing.close();
      wakeAll();
    },
    breakOff(which: (kinds: readonly string[] | undefined) => boolean) {
      for (const one of running) if (which(one.kinds)) one.broken = true;
      wakeAll();
    },
    append(kind: string, count: number, bytes = 10): void {
      for (let i = 0; i < count; i++) {
        const at = String(log.length + 1);
        log.push({
          ...{ eventId: at, type: 'Happened', stream: `${kind}-1` as StreamId, revision: log.length },
          ...{ bytes: new Uint8Array(bytes), position: positionOf({ commit: at, prepare: at }) },
        });
      }
      wakeAll();
    },
    idsOf: (kind?: string) =>
      log
        .filter(({ stream }) => kind === undefined || streamKind(stream) === kind)
        .map(({ eventId }) => eventId),
    positionAt: (index: number) => log[index]?.position as Position,
  };
}

describe('the feed that all followers in a process share', () => {
  let its: ReturnType<typeof engine>;
  let feed: Feed;
  let leaving: AbortController;
  beforeEach(() => {
    its = engine();
    feed = openFeed(its.source);
    leaving = new AbortController();
  });
  afterEach(() => {
    leaving.abort();
    its.close();
  });

  /** Somebody who reads until it is told to wait. */
  function reader(options: { readonly after?: Position; readonly kinds?: readonly string[] } = {}) {
    const [ids, reached]: [string[], (Position | undefined)[]] = [[], []];
    const watching = new Set<() => void>();
    let gate: Promise<void> = Promise.resolve();
    const run = async () => {
      for await (const item of followed(its.source, feed, { ...options, signal: leaving.signal })) {
        if (item.kind === 'events') ids.push(...item.events.map(({ eventId }) => eventId));
        else reached.push(item.position);
        for (const look of watching) look();
        await gate;
      }
    };
    const ended = run();
    ended.catch(() => undefined);
    const until = (holds: () => boolean) =>
      new Promise<void>((resolve, reject) => {
        const look = () => void (holds() && resolve());
        watching.add(look);
        look();
        ended.catch(reject);
      });
    return {
      ids,
      ended,
      has: (wanted: number) => until(() => ids.length >= wanted),
      isAtHead: () =>
        until(() => reached.length > 0 && reached.at(-1) === its.positionAt(its.idsOf().length - 1)),
      /** Takes nothing more until the returned function is called. */
      pause() {
        const resumed = Promise.withResolvers<void>();
        gate = resumed.promise;
        return resumed.resolve;
      },
    };
  }

  it('is one subscription of the engine however many follow, and none when they have left', async () => {
    its.append('run', 150);
    const readers = [reader(), reader(), reader({ kinds: ['run'] }), reader({ kinds: ['sweep'] })];
    await Promise.all(readers.map((one) => one.isAtHead()));
    its.append('run', 120);
    its.append('sweep', 30);
    await Promise.all(readers.map((one) => one.isAtHead()));
    expect([its.opened(), its.running.size]).toEqual([1 + readers.length, 1]);
    for (const all of readers.slice(0, 2)) expect(all.ids).toEqual(its.idsOf());
    expect(readers[2]?.ids).toEqual(its.idsOf('run'));
    expect(readers[3]?.ids).toEqual(its.idsOf('sweep'));
    leaving.abort();
    await Promise.all(readers.map(({ ended }) => ended));
    expect(its.running.size).toBe(0);
  });

  it('gives everything once, in order, from any position on, whenever somebody comes', async () => {
    const readers = [];
    for (let n = 0; n < 12; n++) {
      its.append('run', 7 * n);
      readers.push([0, reader()] as const, [7, reader(n > 1 ? { after: its.positionAt(6) } : {})] as const);
      its.append('sweep', 3);
      await new Promise(setImmediate);
    }
    its.append('run', 1000);
    await Promise.all(readers.map(([, one]) => one.isAtHead()));
    for (const [index, [skipped, { ids }]] of readers.entries())
      expect(ids).toEqual(its.idsOf().slice(index > 3 ? skipped : 0));
  });

  it.each([
    ['events', 6000, 10],
    ['bytes', 40, 400_000],
  ])(
    'is left by who is too slow for the %s that it keeps, who then misses nothing',
    async (_, count, bytes) => {
      const [quick, slow] = [reader(), reader()];
      await Promise.all([quick.isAtHead(), slow.isAtHead()]);
      const before = its.opened();
      const resume = slow.pause();
      its.append('run', 1);
      await Promise.all([quick.isAtHead(), slow.has(1)]);
      its.append('run', count, bytes);
      await quick.isAtHead();
      expect(feed.holds(its.positionAt(0))).toBe(false);
      resume();
      await slow.isAtHead();
      for (const { ids } of [quick, slow]) expect(ids).toEqual(its.idsOf());
      expect(its.opened()).toBeGreaterThan(before);
      await its.isOnlyFed();
    },
  );

  it('tells of events that somebody does not take a moment later, and is not asked for them', async () => {
    const one = reader({ kinds: ['sweep'] });
    await one.isAtHead();
    its.append('run', 300);
    await one.isAtHead();
    expect([one.ids, its.running.size]).toEqual([[], 1]);
  });

  it('waits a moment for what is on its way, and no longer', async () => {
    its.append('run', 1);
    const one = reader();
    await one.isAtHead();
    const next = positionOf({ commit: '2', prepare: '2' });
    expect(await feed.soonReaches(next)).toBe(false);
    const soon = feed.soonReaches(next);
    its.append('run', 1);
    expect(await soon).toBe(true);
  });

  it('has events of a stream where it keeps all that are asked for', async () => {
    its.append('run', 5);
    const one = reader();
    await one.isAtHead();
    its.append('run', 300);
    await one.isAtHead();
    const [stream, ids] = ['run-1' as StreamId, its.idsOf()];
    expect(feed.ofStream(stream, 10, 3)?.map(({ eventId }) => eventId)).toEqual(ids.slice(10, 13));
    // What was there before, what is not there yet, another's, and more than it gives.
    const others = [
      [stream, 4, 3],
      [stream, 304, 2],
      ['run-2', 10, 1],
      [stream, 5, 300],
    ] as const;
    for (const [of, from, count] of others)
      expect(feed.ofStream(of as StreamId, from, count)).toBeUndefined();
  });

  it('when it breaks off is followed by a subscription of each one’s own, and comes back', async () => {
    its.append('run', 10);
    const readers = [reader(), reader({ kinds: ['run'] })];
    await Promise.all(readers.map((one) => one.isAtHead()));
    its.breakOff(() => true);
    its.append('run', 10);
    await Promise.all(readers.map((one) => one.isAtHead()));
    its.append('run', 500);
    await Promise.all(readers.map((one) => one.isAtHead()));
    for (const { ids } of readers) expect(ids).toEqual(its.idsOf());
    // It begins again by itself, whenever that is, and takes them over with an event that comes afterwards.
    while (its.running.size > 1) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      its.append('run', 1);
      await Promise.all(readers.map((one) => one.isAtHead()));
    }
    for (const { ids } of readers) expect(ids).toEqual(its.idsOf());
  });

  it('ends for everybody with the store, and takes no position that is none', async () => {
    const one = reader();
    await one.isAtHead();
    const refused = followed(its.source, feed, { after: 'nowhere' as Position }).next();
    await expect(refused).rejects.toMatchObject({ code: 'BAD_POSITION' });
    its.close();
    await expect(one.ended).rejects.toMatchObject({ code: 'STORE_CLOSED' });
    expect(its.running.size).toBe(0);
  });
});
