import { availableParallelism, loadavg } from 'node:os';
import { epochMs, isDomainError } from '#kernel';
import type { scheduler } from '#contracts';
import { freeBytes } from '../doctor/check-data-folder.js';
import type { Session } from '../session.js';
import { settle } from '../settle.js';
import type { FigureName } from './figures.js';
import { durationReading, type Reading } from './judge.js';
import { fsyncDurations } from './measure-disk.js';
import { hashingSpeed } from './measure-hashing.js';
import { durationsOf, timed } from './measure.js';
import { declareTrivial } from './trivial-experiment.js';
import { openTrivialRuns, type TrivialRuns } from './trivial-runs.js';

export type Readings = Partial<Record<FigureName, Reading>>;

export interface Measuring {
  readonly session: Session;
  /** Of the server, when it lies on this machine and is known. */
  readonly dataDir: string | undefined;
  readonly isElsewhere: boolean;
  readonly forMs: number;
  /** What is being measured now. */
  say(what: string): void;
}

/** One look at an installation: what it tells, and how. */
type Look = readonly [figures: readonly FigureName[], what: string, read: () => Promise<Readings>];

const clients = 8;
const pageSize = 50;
const lagSamples = 5;

/** Every figure, one look after the other. What fails is a reading too; an interruption is thrown, after the runs were cancelled. */
export async function measureInstallation(measuring: Measuring): Promise<Readings> {
  const { session, say } = measuring;
  const { clock, signal } = session;
  const [startedAt, startedMs] = [epochMs(clock.now()), clock.monotonicMs()];
  let readings: Readings = {};
  const take = async (looks: readonly Look[]) => {
    for (const [names, what, read] of looks) {
      say(what);
      try {
        const found = await read();
        readings = { ...readings, ...found };
      } catch (error) {
        if (signal.aborted || !isExpected(error)) throw error;
        const failed = { failed: error.message };
        readings = { ...Object.fromEntries(names.map((name) => [name, failed])), ...readings };
      }
    }
  };
  await take(withoutRuns(measuring));
  await take([[runFigures, 'declaring a run that does nothing', () => measureRuns(measuring, take)]]);
  const stepMs = epochMs(clock.now()) - startedAt - (clock.monotonicMs() - startedMs);
  return { ...readings, 'clock-step': { value: stepMs } };
}

function withoutRuns({ session, dataDir, isElsewhere, forMs }: Measuring): readonly Look[] {
  const there = { skipped: 'the server is on another machine' };
  const elsewhere = isElsewhere ? there : { skipped: 'the data folder of this server is not known here' };
  const onDisk = <T extends Readings>(read: (folder: string) => Promise<T>) =>
    dataDir === undefined ? undefined : () => read(dataDir);
  return [
    [
      ['load'],
      'load',
      async () => ({ load: isElsewhere ? there : { value: (loadavg()[0] ?? 0) / availableParallelism() } }),
    ],
    [
      ['fsync-p50', 'fsync-p99'],
      'fsync in the data folder',
      onDisk(async (folder) => {
        const durations = await fsyncDurations(folder, session, forMs * 0.1);
        return {
          'fsync-p50': durationReading(durations, 0.5),
          'fsync-p99': durationReading(durations, 0.99),
        };
      }) ?? (async () => ({ 'fsync-p50': elsewhere, 'fsync-p99': elsewhere })),
    ],
    [
      ['free-disk'],
      'free space',
      onDisk(async (folder) => ({ 'free-disk': { value: (await freeBytes(folder)) / 2 ** 30 } })) ??
        (async () => ({ 'free-disk': elsewhere })),
    ],
    [
      ['round-trip'],
      'calls that do nothing',
      async () => {
        const connection = await session.connection();
        const call = () => connection.health('scheduler');
        await call();
        return { 'round-trip': durationReading(await durationsOf(session, forMs * 0.05, 20, call), 0.5) };
      },
    ],
    [
      ['page'],
      'pages of the run list',
      async () => {
        const { scheduler } = await session.connection();
        const request = { namespace: '', pageSize, pageToken: '', statuses: [], orderBy: '' };
        const page = () => scheduler.listRuns(request, { repeatable: true });
        await page();
        return { page: durationReading(await durationsOf(session, forMs * 0.05, 10, page), 0.5) };
      },
    ],
    [
      ['hashing', 'hashing-share'],
      'hashing',
      async () => {
        const { file, bare } = await hashingSpeed(session);
        return { hashing: { value: file }, 'hashing-share': { value: file / bare } };
      },
    ],
  ];
}

const runFigures: readonly FigureName[] = ['run-p50', 'run-p95', 'runs-8', 'lag', 'isolation', 'clock-skew'];

async function measureRuns(
  { session, forMs }: Measuring,
  take: (looks: readonly Look[]) => Promise<void>,
): Promise<Readings> {
  const runs = openTrivialRuns(session, await declareTrivial(session));
  let last: scheduler.Run | undefined;
  const one = async () => (last = await runs.follow(await runs.submit()));
  try {
    await one();
    await take([
      [
        ['run-p50', 'run-p95'],
        'runs, one client',
        async () => {
          const durations = await durationsOf(session, forMs * 0.35, 5, one);
          return { 'run-p50': durationReading(durations, 0.5), 'run-p95': durationReading(durations, 0.95) };
        },
      ],
      [['runs-8'], 'runs, eight clients', () => together(session, forMs * 0.35, one)],
      [['lag'], 'read models', () => lagOf(session, runs)],
    ]);
    return { isolation: { value: levelOf(last) }, ...skewOf(runs) };
  } finally {
    await runs.close();
  }
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

/** Refused by the server, or by the file system. */
const isExpected = (error: unknown): error is Error =>
  isDomainError(error) || (error instanceof Error && 'syscall' in error);

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

function levelOf(run: scheduler.Run | undefined): string {
  const { level } = JSON.parse(run?.isolation.toString() || '{}') as { readonly level?: string };
  return level ?? 'unknown';
}
