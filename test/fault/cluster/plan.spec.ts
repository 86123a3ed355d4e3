import { describe, expect, it } from '@jest/globals';
import { harms, planOf, written } from './plan.js';

const size = { runs: 220, faults: 39 };

describe('a plan of faults', () => {
  it('is the same for the same seed, and another for another', () => {
    expect(planOf('a', size)).toEqual(planOf('a', size));
    expect(planOf('a', size)).not.toEqual(planOf('b', size));
  });

  it('has every harm in each round, while there is load', () => {
    const kinds = (faults: ReturnType<typeof planOf>) =>
      new Set(
        faults.map(
          ({ kind, ...more }) => `${kind} ${'engine' in more && kind === 'engine-killed' ? more.engine : ''}`,
        ),
      );
    for (let round = 0; round < 3; round++) {
      const part = planOf('a', size).slice(round * harms.length, (round + 1) * harms.length);
      expect(part).toHaveLength(harms.length);
      expect(kinds(part).size).toBe(11);
    }
    expect(planOf('a', size).every(({ after }) => after < 0.8 * size.runs)).toBe(true);
  });

  it('has every harm in three short ones that follow one another', () => {
    const short = { runs: 20, faults: 5 };
    const kinds = [1, 2, 3]
      .flatMap((part) => planOf(`a.${part}`, short))
      .map((fault) => JSON.stringify(fault));
    const has = (...words: readonly string[]) =>
      kinds.some((kind) => words.every((word) => kind.includes(word)));
    for (const kind of ['paused', 'clock-jumps', 'disk-full', 'emptied', 'slow', 'cut'])
      expect(has(kind)).toBe(true);
    for (const engine of ['eventstoredb', 'kafka', 'mongodb', 's3'])
      expect(has('engine-killed', engine)).toBe(true);
    for (const service of ['executor', 'scheduler']) expect(has('"killed"', service)).toBe(true);
    expect(planOf('a.2', short)).toEqual(planOf('a.2', short));
  });

  it('can be read', () => {
    const fault = {
      kind: 'engine-killed',
      engine: 'kafka',
      noticed: true,
      after: 3,
      event: 'RunClaimed',
    } as const;
    expect(written(fault)).toBe('engine-killed kafka noticed at RunClaimed after 3');
  });
});
