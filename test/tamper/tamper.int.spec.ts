import { describe, expect, it } from '@jest/globals';
import { diceOf, mutations } from './mutations.js';
import { harmless } from './subject.js';
import { subjects } from './subjects.js';
import { tamper } from './tamper.js';

/** `npm run test:tamper` tries more. */
const { HOLDFAST_TAMPER_SEED: seed = 'every time', HOLDFAST_TAMPER_RUNS: runs } = process.env;

describe('evidence that was tampered with', () => {
  it.each(subjects.map((subject) => [subject.name, subject] as const))(
    '%s: every mutation is refused with a reason, or changes nothing that is told',
    async (_, subject) => {
      const tally = await tamper(subject, seed, runs === undefined ? subject.runs : Number(runs));
      if (runs !== undefined) console.log(subject.name, tally);
      expect(Object.keys(tally.refused).length).toBeGreaterThan(2);
    },
    24 * 3_600_000,
  );

  it('has at most five classes of mutations that are harmless by design', () => {
    expect(Object.keys(harmless).length).toBeLessThanOrEqual(5);
  });

  it('is mutated the same way by the same seed, and by each mutation', () => {
    const bytes = Buffer.from(Array.from({ length: 200 }, (_, i) => i));
    for (const mutate of Object.values(mutations)) {
      expect(mutate(bytes, diceOf('a'))).toEqual(mutate(bytes, diceOf('a')));
      const changed = Array.from({ length: 20 }, (_, i) => mutate(bytes, diceOf(`seed ${i}`)).equals(bytes));
      expect(changed.filter((same) => same).length).toBeLessThan(5);
    }
    expect(bytes[199]).toBe(199);
  });
});
