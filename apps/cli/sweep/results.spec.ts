import { describe, expect, it } from '@jest/globals';
import { bestOf, ranked, type MemberResult } from './results.js';

const member = (index: number, loss?: number): MemberResult => ({
  index,
  knobs: { lr: index / 10 },
  run: `run-${index}`,
  status: loss === undefined ? 'failed' : 'completed',
  metrics: loss === undefined ? {} : { loss, accuracy: 1 - loss },
});
const members = [member(0, 0.3), member(1), member(2, 0.1), member(3, 0.1), member(4, 0.2)];
const order = (results: ReturnType<typeof ranked>) => results.members.map(({ index }) => index);
const loss = { goal: 'minimize', tolerance: 0 } as const;
const accuracy = { goal: 'maximize', tolerance: 0 } as const;

describe('members of a sweep', () => {
  it('come best first, by what the metric is to reach; without a value last', () => {
    const lowest = ranked(members, { loss }, undefined);
    expect(order(lowest)).toEqual([2, 3, 4, 0, 1]);
    expect(bestOf(lowest)?.index).toBe(2);
    expect(order(ranked(members, { accuracy }, undefined))).toEqual([2, 3, 4, 0, 1]);
    expect(order(ranked([...members].reverse(), { loss: accuracy }, undefined))).toEqual([0, 4, 2, 3, 1]);
  });

  it('go by the first metric that has a goal, or the one that is asked for', () => {
    const declared = { time: { goal: 'none', tolerance: 0 }, loss, accuracy } as const;
    expect(ranked(members, declared, undefined)).toMatchObject({
      by: 'loss',
      metrics: ['time', 'loss', 'accuracy'],
    });
    expect(ranked(members, declared, 'accuracy')).toMatchObject({ by: 'accuracy', goal: 'maximize' });
    expect(() => ranked(members, declared, 'acuracy')).toThrow('did you mean accuracy?');
  });

  it('stay in their order when nothing is to be reached', () => {
    const results = ranked(members, {}, undefined);
    expect(order(results)).toEqual([0, 1, 2, 3, 4]);
    expect(results).toMatchObject({ goal: 'none', metrics: ['accuracy', 'loss'] });
    expect(bestOf(results)).toBeUndefined();
  });
});
