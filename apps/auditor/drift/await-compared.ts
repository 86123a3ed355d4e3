import { DomainError, streamId, type Clock } from '#kernel';
import type { Position } from '#event-store';
import type { CallContext } from '#platform';
import { positionToken } from '#runtime';
import type { Auditor } from '../auditor.js';
import type { RunDocument } from '../runs.projection.js';
import { heldAgainst } from './held-against.js';
import { runFacts } from './run-facts.js';

const longestWaitMs = 10_000;
const askEveryMs = 20;

/**
 * Waits until a completed run has been held against everything that it is held against, and until the read models show and count it: who asks
 * for the drift of a run that has just ended is not told that there is none.
 * @throws NOT_COMPARED (timeout)
 */
export async function awaitCompared(
  { runtime, views, clock }: Pick<Auditor, 'runtime' | 'views' | 'clock'>,
  run: RunDocument,
  { signal, deadlineMs }: Pick<CallContext, 'signal' | 'deadlineMs'>,
): Promise<void> {
  if (run.status !== 'completed' || run.repeat) return;
  const { eventStore } = runtime.engines;
  const facts = await runFacts(eventStore, streamId('run', run.id), signal);
  if (facts === undefined) return;
  const until = clock.monotonicMs() + Math.min(deadlineMs, longestWaitMs);
  for (const { recording, baseline } of await heldAgainst(runtime, views.baselines, facts, signal)) {
    const recorded = async (): Promise<Position | undefined> => {
      for await (const [first] of eventStore.readStream(recording, { limit: 1, signal }))
        return first?.position;
      return undefined;
    };
    const position = await firstOf(recorded, clock, until, signal);
    if (position === undefined) throw notCompared(run.id, baseline);
    const minPosition = positionToken(position);
    await runtime.reached({ minPosition, projections: ['drifts', 'baselines'], signal, deadlineMs });
  }
}

async function firstOf<T>(
  ask: () => Promise<T | undefined>,
  clock: Clock,
  until: number,
  signal: AbortSignal,
): Promise<T | undefined> {
  for (;;) {
    const found = await ask();
    if (found !== undefined || clock.monotonicMs() >= until) return found;
    await clock.sleep(askEveryMs, signal);
  }
}

const notCompared = (run: string, baseline: string): DomainError =>
  new DomainError(
    'timeout',
    'NOT_COMPARED',
    `run ${run} has not been compared with baseline ${baseline} yet; ask again, or see the auditor's log`,
  );
