import type { scheduler } from '#contracts';
import type { Session } from '../session.js';
import { settle } from '../settle.js';
import { durationReading } from './judge.js';
import { takeLooks, type Look, type Measuring, type Readings } from './look.js';
import { durationsOf, timed } from './measure.js';
import { declareTrivial } from './trivial-experiment.js';
import { openTrivialRuns, type TrivialRuns } from './trivial-runs.js';

const clients = 8;
const lagSamples = 5;

/** Everything that runs tell. The first one says whether there is anything to measure. */
export const looksAtRuns = (measuring: Measuring): readonly Look[] => [
  {
    figures: ['run-p50', 'run-p95', 'runs-8', 'lag', 'isolation', 'clock-skew'],
    what: 'a run that does nothing',
    read: () => readRuns(measuring),
  },
];

async function readRuns(measuring: Measuring): Promise<Readings> {
  const { session, forMs } = measuring;
  const runs = openTrivialRuns(session, await declareTrivial(session));
  const one = async () => runs.follow(await runs.submit());
  try {
    const first = await one();
    const readings = await takeLooks(measuring, [
      {
        figures: ['run-p50', 'run-p95'],
        what: 'runs, one client',
        read: () => alone(session, forMs * 0.35, one),
      },
      { figures: ['runs-8'], what: 'runs, eight clients', read: () => together(session, forMs * 0.35, one) },
      { figures: ['lag'], what: 'read models', read: () => lagOf(session, runs) },
    ]);
    return { ...readings, isolation: { value: levelOf(first) }, ...skewOf(runs) };
  } finally {
    await runs.close();
  }
}

async function alone(session: Session, forMs: number, one: () => Promise<unknown>): Promise<Readings> {
  const durations = await durationsOf(session, forMs, 5, one);
  return { 'run-p50': durationReading(durations, 0.5), 'run-p95': durationReading(durations, 0.95) };
}

/** Runs a second, from the first submission to the last end; a client that fails ends the others. */
async function together(session: Session, forMs: number, one: () => Promise<unknown>): Promise<Readings> {
  const { clock, signal } = session;
  const failed = new AbortController();
  const paced = { clock, signal: AbortSignal.any([signal, failed.signal]) };
  let done = 0;
  const tookMs = await timed(clock, async () => {
    const client = async () => {
      const durations = await durationsOf(paced, forMs, 1, one).catch((error: unknown) => {
        failed.abort(error);
        throw error;
      });
      done += durations.length;
    };
    const ends = await Promise.allSettled(Array.from({ length: clients }, client));
    const [fault] = ends.filter((end) => end.status === 'rejected');
    if (fault !== undefined) throw fault.reason;
  });
  return { 'runs-8': { value: (done * 1000) / tookMs, samples: done } };
}

/** How long after an acknowledgement the read models of every service hold it. */
async function lagOf(session: Session, runs: TrivialRuns): Promise<Readings> {
  const connection = await session.connection();
  const lags: number[] = [];
  for (let i = 0; i < lagSamples; i++) {
    const run = await runs.submit();
    lags.push(await timed(session.clock, () => settle(connection)));
    await runs.follow(run);
  }
  return { lag: durationReading(lags, 0.5) };
}

function skewOf(runs: TrivialRuns): Readings {
  const read = runs.clock();
  return read === undefined ? {} : { 'clock-skew': { value: Math.round(read.skewMs) } };
}

function levelOf({ isolation }: scheduler.Run): string {
  const { level } = JSON.parse(isolation.toString() || '{}') as { readonly level?: string };
  return level ?? 'unknown';
}
