import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { canonicalize } from '#evidence';
import { membersOf, parseSpace, valueProblems, type KnobType, type Space } from './index.js';

const types: Record<string, KnobType> = {
  lr: 'number',
  l2: 'number',
  depth: 'integer',
  trees: 'integer',
  solver: 'string',
};
const spaceOf = (axes: readonly string[], trials = 0): Space => {
  const { space, problems } = parseSpace({ axes, trials, types });
  if (space === undefined) throw new Error(JSON.stringify(problems));
  return space;
};
const all = (axes: readonly string[], trials = 0) => [...membersOf(spaceOf(axes, trials)).all()];

describe('members', () => {
  it('of a grid are every combination once, the last knob fastest', () => {
    expect(all(['solver=adam,sgd', 'depth=range(1,4)'])).toEqual([
      { depth: 1, solver: 'adam' },
      { depth: 1, solver: 'sgd' },
      { depth: 2, solver: 'adam' },
      { depth: 2, solver: 'sgd' },
      { depth: 3, solver: 'adam' },
      { depth: 3, solver: 'sgd' },
    ]);
  });

  it('of a mixed space are the same draws at every point of the grid', () => {
    const members = all(['solver=adam,sgd', 'lr=random(0,1)', 'trees=sobol(1,8)'], 4);
    expect(members).toHaveLength(8);
    const draws = members.map(({ lr, trees }) => ({ lr, trees }));
    expect(draws.slice(0, 4)).toEqual(draws.slice(4));
    expect(draws.slice(0, 4).map(({ trees }) => trees)).toEqual([1, 5, 7, 3]);
    expect(new Set(draws.map(({ lr }) => lr)).size).toBe(4);
  });

  it('keep their draws when there are more trials', () => {
    const axes = ['lr=random(1e-4,1,log)', 'l2=random(0,1)', 'trees=sobol(10,500)'];
    expect(all(axes, 40).slice(0, 15)).toEqual(all(axes, 15));
  });

  it('take Sobol dimensions in the order of their knobs', () => {
    const [, , third] = all(['lr=sobol(0,1)', 'l2=sobol(0,1)'], 3);
    expect(third).toEqual({ l2: 0.75, lr: 0.25 });
  });

  it('are made by their index alone, however it is come by', () => {
    const kinds = fc.constantFrom('random', 'sobol');
    const space = fc.record({
      kind: kinds,
      other: kinds,
      from: fc.integer({ min: 1, max: 50 }),
      trials: fc.integer({ min: 1, max: 30 }),
    });
    fc.assert(
      fc.property(space, fc.nat(1e6), ({ kind, other, from, trials }, pick) => {
        const declared = spaceOf(
          [`depth=range(0,${from})`, `lr=${kind}(${from},99,log)`, `l2=${other}(0,1)`],
          trials,
        );
        const stored = JSON.parse(canonicalize(declared)) as Space;
        const index = pick % membersOf(declared).count;
        expect(membersOf(stored).knobs(index)).toEqual([...membersOf(declared).all()][index]);
      }),
    );
  });

  it('lie inside their bounds, whole where the knob is', () => {
    const bounds = fc.tuple(fc.integer({ min: -1e6, max: 1e6 }), fc.integer({ min: 1, max: 1e6 }));
    const kinds = fc.constantFrom('random', 'sobol');
    fc.assert(
      fc.property(bounds, kinds, fc.boolean(), ([start, width], kind, log) => {
        const from = log ? Math.abs(start) + 1 : start;
        const form = `${kind}(${from},${from + width}${log ? ',log' : ''})`;
        for (const { depth, lr } of all([`depth=${form}`, `lr=${form}`], 20)) {
          expect(Number.isInteger(depth)).toBe(true);
          for (const value of [depth, lr] as number[]) {
            expect(value).toBeGreaterThanOrEqual(from);
            expect(value).toBeLessThanOrEqual(from + width);
          }
        }
      }),
    );
  });

  it('reach both ends of a whole-numbered axis and spread evenly', () => {
    const counts = new Map<unknown, number>();
    for (const { depth } of all(['depth=random(1,5)'], 5000)) counts.set(depth, (counts.get(depth) ?? 0) + 1);
    expect([...counts.keys()].sort()).toEqual([1, 2, 3, 4, 5]);
    // Chi-squared with 4 degrees of freedom; the draws are fixed, so this says something about the method once and for all.
    const chi2 = [...counts.values()].reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0);
    expect(chi2).toBeLessThan(9.49);
  });

  it('are spread evenly over the decades of a logarithmic axis', () => {
    const decades = all(['lr=sobol(1e-4,1,log)'], 4096).map(({ lr }) =>
      Math.floor(Math.log10(lr as number) + 1e-9),
    );
    for (const decade of [-4, -3, -2, -1]) expect(decades.filter((of) => of === decade)).toHaveLength(1024);
  });

  it('know the values of each knob', () => {
    const members = membersOf(spaceOf(['depth=range(1,4)', 'trees=sobol(1,3)', 'lr=random(0,1)'], 6));
    expect(members.values('depth')).toEqual([1, 2, 3]);
    expect(members.values('trees')).toHaveLength(3);
    expect(new Set(members.values('lr'))).toEqual(new Set([...members.all()].map(({ lr }) => lr)));
    expect(members.values('other')).toEqual([]);
  });

  it('are held against the catalogue, every value of every knob', () => {
    const shared = { description: 'd', default: 1, range: { min: 1, max: 100 } };
    const declared = {
      depth: { ...shared, knob: 'depth', type: 'integer' },
      trees: { ...shared, knob: 'trees', type: 'integer', range: { min: 1 } },
    } as const;
    const space = spaceOf(['depth=0,5,101', 'trees=range(1,9)', 'lr=range(0,9)']);
    expect(valueProblems(space, declared).map(({ field, found }) => `${field} ${found}`)).toEqual([
      'knobs.depth 0',
      'knobs.depth 101',
    ]);
    const many = valueProblems(spaceOf(['depth=range(-50,1)']), declared);
    expect(many).toHaveLength(20);
    expect(many.at(-1)?.message).toContain('so for 32 values');
  });

  it('refuse an index that is nobody’s', () => {
    const members = membersOf(spaceOf(['lr=1,2']));
    for (const index of [-1, 2, 0.5, NaN]) expect(() => members.knobs(index)).toThrow('member');
  });

  /** Written by version 1 and never again: what a declared space once meant, it means for ever. */
  it('of the golden space are what they were', () => {
    const text = readFileSync(new URL('./golden/mixed-space@1.json', import.meta.url), 'utf8');
    const golden = JSON.parse(text) as {
      written: string[];
      trials: number;
      space: Space;
      members: unknown[];
    };
    expect(spaceOf(golden.written, golden.trials)).toEqual(golden.space);
    expect([...membersOf(golden.space).all()]).toEqual(golden.members);
  });
});
