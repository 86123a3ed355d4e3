import { DomainError, type Clock, type StreamId } from '#kernel';
import { executor, type ExecutorEvent, type ExecutorState } from '#domain/executor';
import { domainEvent, takeOverMs, type ProjectedEvent } from '#runtime';
import { openOpenRuns, type OpenRuns } from './open-runs.js';
import type { QueueDocument } from './queue.projection.js';

/**
 * What is so now, in the memory of this instance: folded from the same events as the read models. It may be a moment behind; the
 * event store's expected revision decides, whatever is thought here.
 */
export interface Present {
  /** Open runs as the read model holds them; every later event has to be taken. */
  begin(documents: readonly QueueDocument[]): void;
  ready(): void;
  /** Resolves when it is, and when the caller waits no longer. */
  whenReady(call: Waiting): Promise<void>;
  /** @throws NOT_READY (unavailable) before */
  runs(): Omit<OpenRuns, 'begin' | 'take'>;
  /** A run that is not over, as far as is known here: also before the queue was read. */
  open(run: string): QueueDocument | undefined;
  /** Runs that wait, of a namespace or all. @throws NOT_READY (unavailable) before the queue was read */
  waitingCount(namespace?: string): number;
  /** As its events left it; undefined for one that was not heard of since the start. */
  executor(stream: StreamId): ExecutorState | undefined;
  /** Events of runs and executors, in the order of each stream; those that are known already change nothing. */
  take(events: readonly ProjectedEvent[]): void;
  /** From now on until it is forgotten. */
  nextWork(pool: string): NextWork;
  /** Whoever waits for work waits no longer, now and from now on. */
  stopWaiting(): void;
}

/** How long somebody waits. */
export interface Waiting {
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
}

/** Somebody who waits for a pool to get work. */
export interface NextWork {
  /** True when work came; false after `ms`, with the signal, or when nobody is to wait. */
  comes(ms: number, signal: AbortSignal): Promise<boolean>;
  forget(): void;
}

/** Time to answer within the caller's deadline. */
const answerMs = 100;
/** A killed instance's read model has to be taken over first. */
const longestWaitMs = takeOverMs;

export function openPresent(clock: Clock): Present {
  const runs = openOpenRuns();
  const executors = new Map<StreamId, { readonly state: ExecutorState; readonly revision: number }>();
  const waiting = new Map<string, Set<(came: boolean) => void>>();
  const begun = Promise.withResolvers<void>();
  let [isReady, waits] = [false, true];

  function takeExecutor(event: ProjectedEvent): void {
    const { stream, revision, type } = event;
    const known = executors.get(stream) ?? { state: executor.initial, revision: -1 };
    if (revision <= known.revision) return;
    // Only joining says all there is to know of one that was here before.
    if (revision > known.revision + 1 && type !== 'ExecutorJoined') return void executors.delete(stream);
    executors.set(stream, {
      state: executor.evolve(known.state, domainEvent<ExecutorEvent>(event)),
      revision,
    });
  }

  const known = () => {
    if (isReady) return runs;
    throw new DomainError('unavailable', 'NOT_READY', 'the queue is being read; try again in a moment');
  };

  return {
    begin: (documents) => runs.begin(documents),
    ready() {
      isReady = true;
      begun.resolve();
    },
    async whenReady({ deadlineMs, signal }) {
      if (isReady || signal.aborted) return;
      const over = Promise.withResolvers<void>();
      const stop = clock.after(Math.max(0, Math.min(deadlineMs - answerMs, longestWaitMs)), over.resolve);
      signal.addEventListener('abort', () => over.resolve(), { once: true });
      await Promise.race([begun.promise, over.promise]);
      stop();
    },
    runs: known,
    open: (run) => runs.get(run),
    waitingCount: (namespace) => known().waitingCount(namespace),
    executor: (stream) => executors.get(stream)?.state,
    take(events) {
      for (const event of events) {
        if (event.kind === 'run') runs.take(event);
        else if (event.kind === 'executor') takeExecutor(event);
      }
      for (const [pool, calls] of waiting) if (runs.hasWork(pool)) for (const call of calls) call(true);
    },
    nextWork(pool) {
      const { promise, resolve } = Promise.withResolvers<boolean>();
      const calls = waiting.get(pool) ?? new Set();
      waiting.set(pool, calls.add(resolve));
      return {
        async comes(ms, signal) {
          if (!waits || signal.aborted) return false;
          const over = () => resolve(false);
          const stop = clock.after(ms, over);
          signal.addEventListener('abort', over, { once: true });
          const came = await promise;
          stop();
          signal.removeEventListener('abort', over);
          return came;
        },
        forget() {
          calls.delete(resolve);
          if (calls.size === 0 && waiting.get(pool) === calls) waiting.delete(pool);
        },
      };
    },
    stopWaiting() {
      waits = false;
      for (const calls of waiting.values()) for (const call of calls) call(false);
    },
  };
}
