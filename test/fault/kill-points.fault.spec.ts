import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { systemChance } from '#kernel';
import { drawn } from './kill-points.js';
import { live } from './life.js';
import { prepare, type Prepared } from './prepared.js';

/**
 * `HOLDFAST_FAULT_SEED` repeats an earlier draw, `HOLDFAST_FAULT_POINTS` the life of one installation. `npm run test:fault` sets
 * `HOLDFAST_FAULT_RUNS`: so many seeds.
 */
const {
  HOLDFAST_FAULT_SEED: first = systemChance.uuid().slice(0, 8),
  HOLDFAST_FAULT_POINTS: points,
  HOLDFAST_FAULT_RUNS: runs,
} = process.env;
const tried = 20;
/** What was wrong after one kill may be told some kills later; each has an end of its own. */
const toldMs = 900_000;
const seeds = Array.from({ length: Number(runs ?? 1) }, (_, n) => (n === 0 ? first : `${first}-${n}`));

describe.each(seeds)('an installation that is killed, seed %s', (seed) => {
  const faults = points?.split(',') ?? drawn(seed, tried);
  const outcomes = new Map(faults.map((fault) => [fault, Promise.withResolvers<readonly string[]>()]));
  let prepared: Prepared | undefined;
  let ended: Promise<unknown> = Promise.resolve();

  beforeAll(async () => {
    process.stderr.write(`kill points: HOLDFAST_FAULT_SEED=${seed}\n`);
    const before = (prepared = await prepare());
    const liveOn = async () => {
      for (let left = faults; left.length > 0;)
        left = left.slice(await live(before, left, (fault, found) => outcomes.get(fault)?.resolve(found)));
    };
    // What was told already stays as it is.
    const refuse = (cause: unknown) => outcomes.forEach(({ resolve }) => resolve([String(cause)]));
    ended = liveOn().catch(refuse);
  });
  afterAll(async () => {
    await ended;
    if (prepared) await rm(prepared.dataDir, { recursive: true, force: true });
  }, toldMs);

  it.each(faults)(
    'at %s: nothing is lost, doubled, half written or left behind',
    async (fault) => {
      expect(await outcomes.get(fault)?.promise).toEqual([]);
    },
    toldMs,
  );
});
