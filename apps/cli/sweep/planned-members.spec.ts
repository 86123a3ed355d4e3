import { describe, expect, it } from '@jest/globals';
import type { KnobDeclaration } from '#domain/knob';
import { checkedMembers } from './planned-members.js';

const lr: KnobDeclaration = {
  knob: 'lr',
  type: 'number',
  range: { min: 0, max: 1 },
  default: 0.1,
  description: 'd',
};
const epochs: KnobDeclaration = { knob: 'epochs', type: 'integer', default: 3, description: 'd' };
const declared = { lr, epochs };
const problemsOf = (axes: string[], trials = 0) => {
  try {
    checkedMembers(axes, trials, declared);
    return [];
  } catch (error) {
    return (error as { problems: { code: string; field: string }[] }).problems.map(
      ({ code, field }) => `${field} ${code}`,
    );
  }
};

describe('members printed before they are run', () => {
  it('are those of the space', () => {
    expect(checkedMembers(['lr=0.1,0.2', 'seed=range(1,3)'], 0, declared)).toEqual([
      { lr: 0.1, seed: 1 },
      { lr: 0.1, seed: 2 },
      { lr: 0.2, seed: 1 },
      { lr: 0.2, seed: 2 },
    ]);
  });

  it('are refused with every problem at once', () => {
    expect(problemsOf(['lr=0.5,2', 'epochs=1', 'epoch=1', 'seed=-1'])).toEqual([
      'knobs.epoch KNOB_NOT_SET',
      'knobs.lr KNOB_OUT_OF_RANGE',
      'knobs.seed KNOB_OUT_OF_RANGE',
    ]);
    expect(problemsOf(['epochs=1.5', 'lr=random(0,1)'])).toEqual([
      'axes.epochs SWEEP_NOT_INTEGER',
      'trials SWEEP_TRIALS_MISSING',
    ]);
  });
});
