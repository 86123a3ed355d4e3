import { canonicalBytes } from '#evidence';
import type { Opening } from '#service';
import type { SchedulerConfig } from './config.js';
import type { Present } from './present.js';

/** Where executors hear that a pool has work; the key is the pool. */
export const wakeUpTopic = 'holdfast.wake-ups.v1';

const repeatEveryMs = 2_000;

/** A moment for those who wait for an answer already; and how long a pool that was told of is not told of again. */
const [afterMs, restMs] = [5, 200];

/** What is said here says only that it is worth asking: it may be lost, doubled or late. */
export interface WakeUps {
  /** Unless somebody who waited has taken the work by then. */
  wake(pool: string): void;
  /** Tells one executor that there is something to hear about what it holds: it need not wait for its next heartbeat. */
  call(pool: string, executor: string): Promise<void>;
  close(): Promise<void>;
}

export function startWakeUps(
  { runtime, clock, log }: Pick<Opening<SchedulerConfig>, 'runtime' | 'clock' | 'log'>,
  present: Present,
): WakeUps {
  const { bus } = runtime.engines;
  const ended = new AbortController();
  const { signal } = ended;
  /** Pools that are being told of, and whether there was more to tell meanwhile. */
  const soon = new Map<string, boolean>();
  const running = new Set<Promise<void>>();

  const publish = (pool: string) =>
    bus.publish(wakeUpTopic, [{ key: pool, headers: { pool }, value: canonicalBytes({ pool }) }]);

  async function call(pool: string, executor: string): Promise<void> {
    const message = { key: pool, headers: { pool, executor }, value: canonicalBytes({ pool, executor }) };
    await bus.publish(wakeUpTopic, [message]).catch((error: unknown) => {
      log.debug('an executor was not called', { pool, error });
    });
  }

  async function wakeSoon(pool: string): Promise<void> {
    try {
      do {
        await clock.sleep(afterMs, signal);
        soon.set(pool, false);
        if (present.runs().hasWork(pool)) await publish(pool);
        await clock.sleep(restMs, signal);
      } while (soon.get(pool));
    } catch (error) {
      // It is said again before long.
      if (!signal.aborted) log.debug('a wake-up was not sent', { pool, error });
    }
    soon.delete(pool);
  }

  async function repeat(): Promise<void> {
    while (!signal.aborted) {
      try {
        await clock.sleep(repeatEveryMs, signal);
        for (const pool of present.runs().pools()) await publish(pool);
      } catch (error) {
        if (!signal.aborted) log.debug('wake-ups were not repeated', { error });
      }
    }
  }

  const repeating = repeat();
  return {
    call,
    wake(pool) {
      const isTold = soon.has(pool);
      soon.set(pool, true);
      if (isTold) return;
      const waking = wakeSoon(pool).finally(() => running.delete(waking));
      running.add(waking);
    },
    async close() {
      ended.abort();
      await Promise.all([repeating, ...running]);
    },
  };
}
