import { DomainError, epochMs, isDomainError, systemChance, type Instant } from '#kernel';
import { canonicalBytes } from '#evidence';
import type { scheduler } from '#contracts';
import { commandKey } from '../command-key.js';
import type { DeclaredBlueprint } from '../experiment/declare-experiment.js';
import { followRun, hasEnded } from '../run/follow-run.js';
import type { Session } from '../session.js';
import { nounOf, shortId } from '../output/units.js';
import { word } from '../view/plain.js';
import { reason } from './trivial-experiment.js';

type Run = scheduler.Run;

/** How long a run that does nothing may take before something is wrong. */
const patienceMs = 30_000;
const cancelWithinMs = 10_000;

/** What the time of an answer says about the clock of who gave it. */
export interface ClockReading {
  readonly skewMs: number;
  /** It may be off by half of this. */
  readonly roundTripMs: number;
}

/** Runs of the trivial experiment. Each that was begun here is at its end, or was cancelled, when this is closed. */
export interface TrivialRuns {
  /** One that no other is like. */
  submit(): Promise<Run>;
  /** @throws RUN_SLOW, RUN_NOT_COMPLETED */
  follow(run: Run): Promise<Run>;
  /** The best that submissions told so far. */
  clock(): ClockReading | undefined;
  close(): Promise<void>;
}

export function openTrivialRuns(session: Session, { namespace, ref }: DeclaredBlueprint): TrivialRuns {
  const { clock, connection, terminal } = session;
  const open = new Map<string, Run>();
  // Of this room alone: an interrupted submission is waited for, so that its run is known and can be cancelled.
  const own = new AbortController();
  let best: ClockReading | undefined;

  return {
    async submit() {
      const { scheduler: client } = await connection();
      const request = {
        ...{
          namespace,
          what: { $case: 'blueprint', value: ref } as const,
          reason,
          priority: 0,
          dryRun: false,
        },
        overrides: canonicalBytes({ sample: Math.floor(systemChance.fraction() * 2 ** 31) }) as Buffer,
      };
      const [sentAt, startedAt] = [epochMs(clock.now()), clock.monotonicMs()];
      const { run } = await client.submitRun(request, { ...commandKey(), signal: own.signal });
      const roundTripMs = clock.monotonicMs() - startedAt;
      if (run === undefined || run.problems.length > 0) throw notCompleted(run);
      open.set(run.id, run);
      const skewMs = epochMs(run.submittedAt as Instant) - sentAt - roundTripMs / 2;
      if (best === undefined || roundTripMs < best.roundTripMs) best = { skewMs, roundTripMs };
      return run;
    },
    async follow(run) {
      const late = new AbortController();
      const stop = clock.after(patienceMs, () => late.abort(slow(run)));
      try {
        let last = run;
        const signal = AbortSignal.any([session.signal, late.signal]);
        for await (const now of followRun(session, run, signal)) last = now;
        open.delete(run.id);
        if (word(last.status) !== 'completed') throw notCompleted(last);
        return last;
      } catch (error) {
        throw late.signal.aborted && !session.signal.aborted ? late.signal.reason : error;
      } finally {
        stop();
      }
    },
    clock: () => best,
    async close() {
      if (open.size === 0) return;
      const stop = clock.after(cancelWithinMs, () => own.abort(new Error('took too long')));
      const ends = await Promise.allSettled(
        [...open.values()].map((run) => cancel(session, run, own.signal)),
      );
      stop();
      const cancelled = ends.filter(({ status }) => status === 'fulfilled').length;
      const lost = open.size - cancelled;
      terminal.note(
        `${nounOf(cancelled, 'run')} cancelled${lost === 0 ? '' : `; ${lost} not seen to end: holdfast runs -n ${namespace}`}`,
      );
    },
  };
}

async function cancel(session: Session, { namespace, id }: Run, signal: AbortSignal): Promise<void> {
  const { scheduler: client } = await session.connection();
  const request = { namespace, id, reason: 'holdfast bench ends' };
  await client.cancelRun(request, { ...commandKey(), signal }).catch((error: unknown) => {
    // It has come to its end meanwhile.
    if (!isDomainError(error) || error.kind !== 'rule') throw error;
  });
  for await (const now of followRun(session, { namespace, id }, signal)) if (hasEnded(now)) return;
}

const slow = ({ id }: Run): DomainError =>
  new DomainError(
    'timeout',
    'RUN_SLOW',
    `run ${shortId(id)}, which does nothing, has not ended within ${patienceMs / 1000} s: does an executor take runs?`,
  );

function notCompleted(run: Run | undefined): DomainError {
  const [problem] = run?.problems ?? [];
  const why = run?.failure?.message ?? problem?.message ?? 'without a reason';
  const state = run === undefined ? 'was not answered' : `${shortId(run.id)} is ${word(run.status)}`;
  return new DomainError('rule', 'RUN_NOT_COMPLETED', `a run that does nothing ${state}: ${why}`);
}
