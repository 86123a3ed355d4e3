import { describe, expect, it } from '@jest/globals';
import { findingsIn } from './findings.js';
import { play } from './scenario.js';

/** `npm run test:fault` sets them: so many seeds of full size, the first one being this. */
const { HOLDFAST_FAULT_SEED, HOLDFAST_FAULT_RUNS } = process.env;
/** Every time the same one here: others are drawn by `npm run test:fault`, which nobody waits for. */
const first = HOLDFAST_FAULT_SEED ?? 'a8e47f0d.1';
const full = HOLDFAST_FAULT_RUNS !== undefined;
const size = full ? { runs: 220, faults: 39, allOwn: true } : { runs: 20, faults: 5, allOwn: false };
const seeds = Array.from({ length: Number(HOLDFAST_FAULT_RUNS ?? 1) }, (_, n) =>
  n === 0 ? first : `${first}-${n}`,
);
const say = (line: string) => void process.stderr.write(`${line}\n`);

describe(`a cluster under ${size.runs} runs and ${size.faults} faults`, () => {
  it.each(seeds)(
    'keeps every promise, seed %s',
    async (seed) => {
      say(
        `cluster: ${full ? `npm run test:fault -- --seed ${seed}` : `HOLDFAST_FAULT_SEED=${seed} npx jest dist/test/fault/cluster`}`,
      );
      const { facts, faults, tookMs } = await play(seed, size, full ? say : () => undefined);
      say(`  ${JSON.stringify(tookMs)}`);
      expect(facts.submitted).toHaveLength(size.runs);
      expect({ seed, faults, findings: findingsIn(facts) }).toEqual({ seed, faults, findings: [] });
    },
    2_700_000,
  );
});
