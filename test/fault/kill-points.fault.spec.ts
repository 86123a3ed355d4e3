import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { systemChance } from '#kernel';
import { drawn } from './kill-points.js';
import { prepare, rehearse, type Prepared } from './rehearsal.js';

/** `HOLDFAST_FAULT_SEED` repeats an earlier draw. */
const seed = process.env['HOLDFAST_FAULT_SEED'] ?? systemChance.uuid().slice(0, 8);
const faults = drawn(seed);
/** Servers that work side by side. */
const lanes = 2;

let prepared: Prepared | undefined;
const outcomes = faults.map(() => Promise.withResolvers<readonly string[]>());
for (const { promise } of outcomes) promise.catch(() => undefined);

beforeAll(async () => {
  process.stderr.write(`kill points: HOLDFAST_FAULT_SEED=${seed}\n`);
  const before = (prepared = await prepare());
  const waiting = faults.entries();
  const lane = async () => {
    for (const [index, fault] of waiting)
      await rehearse(before, fault).then(outcomes[index]?.resolve, outcomes[index]?.reject);
  };
  for (let n = 0; n < lanes; n++) void lane();
}, 60_000);
afterAll(async () => {
  await Promise.allSettled(outcomes.map(({ promise }) => promise));
  if (prepared) await rm(prepared.dataDir, { recursive: true, force: true });
}, 300_000);

describe(`a server that is killed, seed ${seed}`, () => {
  it.each(faults.map((fault, index) => ({ fault, index })))(
    'at $fault: nothing is lost, doubled, half written or left behind',
    async ({ index }) => {
      expect(await outcomes[index]?.promise).toEqual([]);
    },
    300_000,
  );
});
