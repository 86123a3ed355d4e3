import type { StreamId } from '#kernel';
import type { Position, StoredEvent } from '#event-store';
import { positionToken, projectedEvent, type EventDecoders, type View } from '#runtime';
import type { Opening } from '#service';
import type { SchedulerConfig } from './config.js';
import type { Present } from './present.js';
import type { QueueDocument } from './queue.projection.js';

/** Undefined: some may have been missed, the stream says which. */
export type Heard = (event: StoredEvent | undefined) => void;

/** What happens to runs and executors, for this instance: its present, and whoever watches a run. */
export interface RunFeed {
  /** Calls back with each event of the stream, until the returned function is called. */
  on(stream: StreamId, heard: Heard): () => void;
  close(): Promise<void>;
}

const againAfterMs = 50;

/** One subscription for all of it. */
export function followRuns(
  { runtime, clock, log }: Pick<Opening<SchedulerConfig>, 'runtime' | 'clock' | 'log'>,
  present: Present,
  queue: View<QueueDocument>,
  decoders: EventDecoders,
): RunFeed {
  const { eventStore } = runtime.engines;
  const listeners = new Map<StreamId, Set<Heard>>();
  const ended = new AbortController();
  const { signal } = ended;
  const tell = (stream: StreamId, event: StoredEvent | undefined) => {
    for (const heard of listeners.get(stream) ?? []) heard(event);
  };

  /** Where the events begin that the read model may not hold yet. */
  async function begin() {
    const head = await eventStore.head();
    await runtime.reached({ minPosition: positionToken(head), projections: ['queue'], signal });
    for await (const documents of queue.scan()) present.begin(documents);
    present.ready();
    return head;
  }

  async function follow(): Promise<void> {
    let begun = false;
    let last: Position | undefined;
    while (!signal.aborted) {
      try {
        if (!begun) last = await begin();
        begun = true;
        // What was appended while nobody listened.
        for (const stream of listeners.keys()) tell(stream, undefined);
        const after = last === undefined ? {} : { after: last };
        for await (const item of eventStore.subscribe({ ...after, kinds: ['run', 'executor'], signal })) {
          if (item.kind === 'caught-up') continue;
          present.take(item.events.map((event) => projectedEvent(event, 0, decoders)));
          for (const event of item.events) tell(event.stream, event);
          last = item.events.at(-1)?.position ?? last;
        }
      } catch (error) {
        if (signal.aborted) return;
        if (begun) log.warn('what happens to runs cannot be followed; trying on', { error });
        await clock.sleep(againAfterMs, signal).catch(() => undefined);
      }
    }
  }

  const following = follow();
  return {
    on(stream, heard) {
      const own = listeners.get(stream) ?? new Set();
      listeners.set(stream, own.add(heard));
      return () => {
        own.delete(heard);
        if (own.size === 0 && listeners.get(stream) === own) listeners.delete(stream);
      };
    },
    async close() {
      ended.abort();
      await following;
    },
  };
}
