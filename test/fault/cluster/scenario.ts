import { systemClock } from '#kernel';
import { collect } from './collect.js';
import type { Facts } from './facts.js';
import { harmer, untilAllReady } from './harm.js';
import { startInstallation } from './installation.js';
import { prepareLoad, startLoad } from './load.js';
import { planOf, written } from './plan.js';

export interface Size {
  readonly runs: number;
  readonly faults: number;
  /** Whether S3 and MongoDB too are servers of its own, and really killed. */
  readonly allOwn: boolean;
}

export interface Outcome {
  readonly facts: Facts;
  /** Of each fault what it was and what came of it. */
  readonly faults: readonly string[];
  /** Milliseconds of each part of it. */
  readonly tookMs: Readonly<Record<string, number>>;
}

/** So long may the load and its faults take, for what hangs. */
const limitMs = ({ runs, faults }: Size): number => 600_000 + 3_000 * runs + 20_000 * faults;
/** And each part of coming to rest. */
const restMs = 400_000;

/** One installation, a steady load, and the faults that a seed draws; then all that can be known of it. */
export async function play(seed: string, size: Size, say: (line: string) => void): Promise<Outcome> {
  const took: Record<string, number> = {};
  let began = systemClock.monotonicMs();
  const lap = (part: string) => {
    const now = systemClock.monotonicMs();
    took[part] = Math.round(now - began);
    began = now;
  };
  const installation = await startInstallation(size.allOwn);
  const progress: string[] = [];
  try {
    const { connection, watch } = installation;
    await prepareLoad(connection);
    lap('start');
    const plan = planOf(seed, size);
    const harm = harmer(installation, () => watch.over().size >= size.runs);
    const load = startLoad(connection, watch, size.runs);
    const harmed = Promise.all(
      plan.map(async (fault, index) => {
        progress[index] = `${written(fault)}: …`;
        progress[index] = `${written(fault)}: ${await harm(fault)}`;
        say(`  ${watch.over().size} over, ${progress[index]}`);
      }),
    );
    await within(limitMs(size), Promise.all([load.over, harmed]), () => {
      const open = load.submitted.filter((id) => !watch.over().has(id));
      return `${open.length} of ${load.submitted.length} runs are not over: ${open.join(', ')}`;
    });
    lap('load');
    await within(restMs, untilAllReady(installation), () => 'not every service is ready again');
    lap('ready');
    await within(restMs, load.allRetired, () => `${JSON.stringify(load.retired)} is all that was retired`);
    lap('retired');
    const explained = plan.some(({ kind }) => kind === 'disk-full') ? ['storage-full'] : [];
    const facts = { explained, ...(await collect(installation, load, lap)) };
    await installation.close();
    return { facts, faults: progress, tookMs: took };
  } catch (error) {
    const { ended, watch } = installation;
    const seen = [`${watch.over().size} runs are over; ${JSON.stringify(took)}`, ...progress, ...ended];
    throw new Error(`${String(error)}\n${seen.join('\n')}`, { cause: error });
  } finally {
    // What broke it is told before what breaks at its end.
    await installation.close().catch(() => undefined);
  }
}

async function within<T>(ms: number, work: Promise<T>, why: () => string): Promise<T> {
  const late = Promise.withResolvers<never>();
  const stop = systemClock.after(ms, () => late.reject(new Error(`after ${ms / 1000} s: ${why()}`)));
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    stop();
  }
}
