import type { JsonObject } from '#kernel';
import { decodeEnvelope, type Envelope } from '#contracts/stored';
import type { EventStore, StoredEvent } from '#event-store';

export interface SeenEvent extends Pick<StoredEvent, 'stream' | 'type' | 'revision'> {
  readonly data: JsonObject;
  /** The executor whose lease it is about. */
  readonly holder?: string;
}

/** What happens to runs, as the event store tells it: what faults wait for instead of for a time. */
export interface Watch {
  /** How many of a type there have been. */
  count(type: string): number;
  /** Runs that are over. */
  over(): ReadonlySet<string>;
  /** Leases that an executor holds now. */
  heldBy(executor: string): number;
  /** Resolves with what `look` gives as soon as that is not undefined, asked after every event. @throws when the watch has ended */
  until<T>(look: (latest: SeenEvent | undefined) => T | undefined): Promise<T>;
  close(): Promise<void>;
}

const terminal = new Set(['RunRejected', 'RunCompleted', 'RunFailed', 'RunCancelled']);
const endsLease = new Set([...terminal, 'RunRetried', 'RunLeaseExpired']);

export function watchRuns(eventStore: EventStore): Watch {
  const stop = new AbortController();
  const counts = new Map<string, number>();
  const over = new Set<string>();
  const holders = new Map<string, string>();
  const looks = new Set<(latest: SeenEvent | undefined) => void>();
  const failed = Promise.withResolvers<never>();
  failed.promise.catch(() => undefined);

  function take({ stream, type, revision, bytes }: StoredEvent): void {
    const { data } = decodeEnvelope(bytes) as Envelope;
    counts.set(type, (counts.get(type) ?? 0) + 1);
    if (terminal.has(type)) over.add(stream.slice('run-'.length));
    if (type === 'RunClaimed') holders.set(stream, String((data as JsonObject)['executor']));
    const holder = holders.get(stream);
    if (endsLease.has(type)) holders.delete(stream);
    const seen = { stream, type, revision, data: data as JsonObject };
    for (const look of [...looks]) look(holder === undefined ? seen : { ...seen, holder });
  }

  async function follow(): Promise<void> {
    for await (const item of eventStore.subscribe({ kinds: ['run'], signal: stop.signal }))
      if (item.kind === 'events') for (const event of item.events) take(event);
  }
  const following = follow().then(
    () => failed.reject(new Error('the watch has ended')),
    (error: unknown) => failed.reject(error),
  );

  return {
    count: (type) => counts.get(type) ?? 0,
    over: () => over,
    heldBy: (executor) => [...holders.values()].filter((holder) => holder === executor).length,
    until: (look) => {
      const found = new Promise<NonNullable<ReturnType<typeof look>>>((resolve) => {
        const ask = (latest: SeenEvent | undefined) => {
          const value = look(latest);
          if (value === undefined) return;
          looks.delete(ask);
          resolve(value as NonNullable<typeof value>);
        };
        looks.add(ask);
        ask(undefined);
      });
      return Promise.race([found, failed.promise]);
    },
    async close() {
      stop.abort();
      await following;
    },
  };
}
