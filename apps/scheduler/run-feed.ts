import type { StreamId } from '#kernel';
import type { Opening } from '#service';
import type { SchedulerConfig } from './config.js';

/** Says which runs have got further; whoever hears it reads the run's stream, which alone is the truth. */
export interface RunFeed {
  /** Calls back after each event of the stream, until the returned function is called. */
  on(stream: StreamId, changed: () => void): () => void;
  close(): Promise<void>;
}

const againAfterMs = 200;

/** One subscription for all watchers of this instance. */
export function followRuns({
  runtime,
  clock,
  log,
}: Pick<Opening<SchedulerConfig>, 'runtime' | 'clock' | 'log'>): RunFeed {
  const { eventStore } = runtime.engines;
  const listeners = new Map<StreamId, Set<() => void>>();
  const ended = new AbortController();
  const { signal } = ended;
  const tell = (streams: Iterable<StreamId>) => {
    for (const stream of new Set(streams)) for (const changed of listeners.get(stream) ?? []) changed();
  };

  async function follow(): Promise<void> {
    while (!signal.aborted) {
      try {
        const head = await eventStore.head();
        const after = head === undefined ? {} : { after: head };
        // What was appended while nobody listened.
        tell(listeners.keys());
        for await (const item of eventStore.subscribe({ ...after, kinds: ['run'], signal }))
          if (item.kind === 'events') tell(item.events.map(({ stream }) => stream));
      } catch (error) {
        if (signal.aborted) return;
        log.warn('watching runs is interrupted', { error });
        await clock.sleep(againAfterMs, signal).catch(() => undefined);
      }
    }
  }

  const following = follow();
  return {
    on(stream, changed) {
      const own = listeners.get(stream) ?? new Set();
      listeners.set(stream, own.add(changed));
      return () => {
        own.delete(changed);
        if (own.size === 0 && listeners.get(stream) === own) listeners.delete(stream);
      };
    },
    async close() {
      ended.abort();
      await following;
    },
  };
}
