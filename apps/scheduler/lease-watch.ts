import { isDomainError } from '#kernel';
import { executorStream } from '#domain/executor';
import { connect } from '#rpc';
import type { Opening } from '#service';
import type { SchedulerConfig } from './config.js';
import { expireLease } from './expire-lease.js';
import {
  heartbeatMessage,
  heartbeatTopic,
  parseHeartbeat,
  type Heartbeat,
  type Lease,
} from './heartbeats.js';
import type { QueueDocument } from './queue.projection.js';
import type { Scheduler } from './scheduler.js';

/** Longest that an executor has to say whether it still holds a lease. */
const askForMs = 2_000;

/** Whoever may write to the topic can name any number of executors. */
const mostHeardOf = 10_000;

export interface LeaseWatch {
  /** Tells every scheduler that the executor lives, and these leases with it. */
  beat(heartbeat: Heartbeat): Promise<void>;
  /** Milliseconds since the executor was last heard of, or since this instance began to listen. */
  silentForMs(executor: string): number;
  close(): Promise<void>;
}

type Parts = Omit<Scheduler, 'leases'>;

const nameOf = ({ run, epoch }: Lease): string => `${run} ${epoch}`;

/**
 * Ends leases that nobody has kept alive for one TTL since this instance began to watch them. All times are durations on the
 * monotonic clock. Every scheduler watches; doubled endings are harmless, since the event store takes only the first.
 */
export function watchLeases({ log }: Pick<Opening<SchedulerConfig>, 'log'>, parts: Parts): LeaseWatch {
  const { runtime, config, clock } = parts;
  const { bus } = runtime.engines;
  const { leaseTtlMs, heartbeatMs } = config;
  const began = clock.monotonicMs();
  const heardOf = new Map<string, number>();
  /** When each open lease was last kept alive, or first watched. */
  const keptAlive = new Map<string, number>();
  const ended = new AbortController();
  const { signal } = ended;

  function hear({ executor, leases }: Heartbeat): void {
    const now = clock.monotonicMs();
    heardOf.delete(executor);
    heardOf.set(executor, now);
    for (const [longest] of heardOf) {
      if (heardOf.size <= mostHeardOf) break;
      heardOf.delete(longest);
    }
    for (const lease of leases) if (keptAlive.has(nameOf(lease))) keptAlive.set(nameOf(lease), now);
  }

  const subscription = bus.subscribe({ topics: [heartbeatTopic], maxAttempts: 1 }, ({ value }) =>
    hear(parseHeartbeat(value)),
  );

  async function look(): Promise<void> {
    const held = parts.present.runs().held();
    const names = new Set(held.map(({ id, epoch }) => nameOf({ run: id, epoch })));
    for (const name of keptAlive.keys()) if (!names.has(name)) keptAlive.delete(name);
    const now = clock.monotonicMs();
    const overdue = held.filter(({ id: run, epoch }) => {
      const since = keptAlive.get(nameOf({ run, epoch }));
      if (since === undefined) keptAlive.set(nameOf({ run, epoch }), now);
      return since !== undefined && now - since > leaseTtlMs;
    });
    await Promise.all(overdue.map(settle));
  }

  /** Once a TTL: the executor may be alive and its heartbeats lost. */
  async function settle({ id: run, epoch, pool, executor }: QueueDocument): Promise<void> {
    const lease = { run, epoch };
    const answer = await ask(executor ?? '', lease);
    if (signal.aborted) return;
    if (answer === 'held') return void keptAlive.set(nameOf(lease), clock.monotonicMs());
    const message =
      answer === 'not held'
        ? `the executor no longer knows of attempt ${epoch}`
        : `no heartbeat of the executor for ${leaseTtlMs} ms, and it does not answer`;
    try {
      await expireLease(parts, { run, epoch, pool, cause: 'lease-expired', message });
    } catch (error) {
      log.warn('a lease could not be ended; it is tried again', { run, epoch, error });
    }
  }

  async function ask(executor: string, { run, epoch }: Lease): Promise<'held' | 'not held' | 'no answer'> {
    const { state } = await parts.executors.load(executorStream(executor));
    if (state.status !== 'joined' || state.facts.address === '') return 'no answer';
    const connection = connect(state.facts.address);
    try {
      const deadlineMs = Math.min(askForMs, leaseTtlMs);
      const { executorId, attempts } = await connection.executor.getStatus({}, { deadlineMs, signal });
      if (executorId !== executor) return 'not held';
      return attempts.some((own) => own.runId === run && own.epoch === epoch) ? 'held' : 'not held';
    } catch (error) {
      if (!isDomainError(error)) throw error;
      return 'no answer';
    } finally {
      connection.close();
    }
  }

  async function watch(): Promise<void> {
    while (!signal.aborted) {
      try {
        await clock.sleep(Math.min(heartbeatMs, leaseTtlMs / 4), signal);
        await look();
      } catch (error) {
        // Also while the queue is being read for the first time.
        if (!signal.aborted) log.debug('leases could not be looked at', { error });
      }
    }
  }

  const watching = watch();
  return {
    async beat(heartbeat) {
      hear(heartbeat);
      await bus.publish(heartbeatTopic, [heartbeatMessage(heartbeat)]);
    },
    silentForMs: (executor) => clock.monotonicMs() - (heardOf.get(executor) ?? began),
    async close() {
      ended.abort();
      await Promise.all([watching, subscription.close()]);
    },
  };
}
