import { canonicalBytes } from '#evidence';
import type { View } from '#runtime';
import type { Opening } from '#service';
import type { SchedulerConfig } from './config.js';
import type { QueueDocument } from './queue.projection.js';
import { poolsWithWork } from './waiting-runs.query.js';

/** Where executors hear that a pool has work; the key is the pool. */
export const wakeUpTopic = 'holdfast.wake-ups.v1';

const repeatEveryMs = 2_000;

/** What is said here says only that it is worth asking: it may be lost, doubled or late. */
export interface WakeUps {
  /** As soon as the queue holds what the position tells of. */
  wake(pool: string, position: string): void;
  /** Tells one executor that there is something to hear about what it holds: it need not wait for its next heartbeat. */
  call(pool: string, executor: string): Promise<void>;
  close(): Promise<void>;
}

export function startWakeUps(
  { runtime, clock, log }: Pick<Opening<SchedulerConfig>, 'runtime' | 'clock' | 'log'>,
  queue: View<QueueDocument>,
): WakeUps {
  const { bus } = runtime.engines;
  const ended = new AbortController();
  const { signal } = ended;
  /** The newest position that each pool waits for. */
  const waiting = new Map<string, string>();
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
    for (let position = waiting.get(pool); position !== undefined; position = waiting.get(pool)) {
      try {
        await runtime.reached({ minPosition: position, projections: ['queue'], signal });
        await publish(pool);
      } catch (error) {
        // It is said again before long.
        if (!signal.aborted) log.debug('a wake-up was not sent', { pool, error });
      }
      if (waiting.get(pool) === position) waiting.delete(pool);
    }
  }

  async function repeat(): Promise<void> {
    while (!signal.aborted) {
      try {
        await clock.sleep(repeatEveryMs, signal);
        for (const pool of await poolsWithWork(queue)) await publish(pool);
      } catch (error) {
        if (!signal.aborted) log.debug('wake-ups were not repeated', { error });
      }
    }
  }

  const repeating = repeat();
  return {
    call,
    wake(pool, position) {
      const alone = !waiting.has(pool);
      waiting.set(pool, position);
      if (!alone) return;
      const soon = wakeSoon(pool).finally(() => running.delete(soon));
      running.add(soon);
    },
    async close() {
      ended.abort();
      await Promise.all([repeating, ...running]);
    },
  };
}
