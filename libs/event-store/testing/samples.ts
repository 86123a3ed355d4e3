import { randomBytes, randomUUID } from 'node:crypto';
import { streamId, type StreamId } from '#kernel';
import type { EventStore, EventToAppend, Position, StoredEvent, SubscribeOptions } from '../event-store.js';
import type { EventStoreUnderTest, OpenUnderTest } from './under-test.js';

export const newStream = (kind = 'run'): StreamId => streamId(kind, randomUUID());
export const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
/** How many inputs are drawn; `npm run test:contract` draws more. */
export const draws = (usual: number): number => usual * Number(process.env['HOLDFAST_TEST_DRAWS'] ?? 1);

export const event = (bytes: Uint8Array | string = 'x', type = 'Happened'): EventToAppend => ({
  eventId: randomUUID(),
  type,
  bytes: typeof bytes === 'string' ? new TextEncoder().encode(bytes) : bytes,
});
export const events = (count: number, text = 'x'): EventToAppend[] =>
  upTo(count).map((i) => event(`${text}${i}`));
export const sample = (sizeBytes: number): Uint8Array => new Uint8Array(randomBytes(sizeBytes));

export const all = async (batches: AsyncIterable<readonly StoredEvent[]>): Promise<readonly StoredEvent[]> =>
  (await Array.fromAsync(batches)).flat();
export const idsOf = (list: readonly { readonly eventId: string }[]): string[] =>
  list.map(({ eventId }) => eventId);
export const textOf = ({ bytes }: { readonly bytes: Uint8Array }): string => new TextDecoder().decode(bytes);

/** What a promise failed with, as data; its value when it did not fail. */
export const outcome = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    (value) => value,
    (error: { kind?: string; code?: string }) => ({ kind: error.kind, code: error.code }),
  );

/** A subscription that keeps what it gets, and lets a test wait for what it needs to see. */
export function follow(store: EventStore, options: Omit<SubscribeOptions, 'signal'> = {}) {
  const seen: StoredEvent[] = [];
  const caughtUp: (Position | undefined)[] = [];
  const watchers = new Set<() => void>();
  const stop = new AbortController();
  const tell = () => {
    for (const watch of watchers) watch();
  };
  const ended = (async () => {
    for await (const item of store.subscribe({ ...options, signal: stop.signal })) {
      if (item.kind === 'events') seen.push(...item.events);
      else caughtUp.push(item.position);
      tell();
    }
    return 'ended';
  })();
  const until = (enough: () => boolean): Promise<void> =>
    new Promise((resolve, reject) => {
      const watch = () => {
        if (!enough()) return;
        watchers.delete(watch);
        resolve();
      };
      watchers.add(watch);
      watch();
      ended.then(() => reject(new Error('the subscription ended')), reject);
    });
  return {
    seen,
    caughtUp,
    until,
    ended: outcome(ended),
    /** Until it has told that it is at this position. */
    reaches: (position: Position | undefined) => until(() => caughtUp.at(-1) === position),
    async stop(): Promise<unknown> {
      stop.abort();
      return outcome(ended);
    },
  };
}

/** Runs a test on a store of its own and removes it afterwards. */
export const withStore =
  (open: OpenUnderTest) =>
  (test: (under: EventStoreUnderTest) => Promise<void>) =>
  async (): Promise<void> => {
    const under = await open();
    try {
      await test(under);
    } finally {
      await under.dispose();
    }
  };
