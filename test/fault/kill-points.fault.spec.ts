import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { systemChance } from '#kernel';
import { drawn } from './kill-points.js';
import { live } from './life.js';
import { prepare, type Prepared } from './prepared.js';

/** `HOLDFAST_FAULT_SEED` repeats an earlier draw, `HOLDFAST_FAULT_POINTS` the life of one installation. */
const { HOLDFAST_FAULT_SEED: seed = systemChance.uuid().slice(0, 8), HOLDFAST_FAULT_POINTS: points } =
  process.env;
const faults = points?.split(',') ?? drawn(seed);
/** Installations that live side by side, each with its share of the faults. */
const lives = points === undefined ? 2 : 1;

let prepared: Prepared | undefined;
const outcomes = new Map(faults.map((fault) => [fault, Promise.withResolvers<readonly string[]>()]));
let ended: Promise<unknown> = Promise.resolve();

beforeAll(async () => {
  process.stderr.write(`kill points: HOLDFAST_FAULT_SEED=${seed}\n`);
  const before = (prepared = await prepare());
  const liveOn = async (share: readonly string[]) => {
    for (let left = share; left.length > 0;)
      left = left.slice(await live(before, left, (fault, found) => outcomes.get(fault)?.resolve(found)));
  };
  // What was told already stays as it is.
  const refuse = (cause: unknown) => outcomes.forEach(({ resolve }) => resolve([String(cause)]));
  const shares = Array.from({ length: lives }, (_, n) => faults.filter((_, index) => index % lives === n));
  ended = Promise.all(shares.map((share) => liveOn(share).catch(refuse)));
}, 60_000);
afterAll(async () => {
  await ended;
  if (prepared) await rm(prepared.dataDir, { recursive: true, force: true });
}, 300_000);

describe(`an installation that is killed, seed ${seed}`, () => {
  it.each([...outcomes.keys()])(
    'at %s: nothing is lost, doubled, half written or left behind',
    async (fault) => {
      expect(await outcomes.get(fault)?.promise).toEqual([]);
    },
    300_000,
  );
});
