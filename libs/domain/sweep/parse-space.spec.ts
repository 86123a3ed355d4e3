import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { axisKnobs, membersOf, parseSpace, type KnobType } from './index.js';

const types: Record<string, KnobType> = {
  lr: 'number',
  depth: 'integer',
  trees: 'integer',
  solver: 'string',
  warm: 'boolean',
};
const read = (axes: string[], trials = 0) => parseSpace({ axes, trials, types });
const valuesOf = (axis: string) => {
  const { space, problems } = read([axis]);
  expect(problems).toEqual([]);
  return space && [...membersOf(space).all()].flatMap((knobs) => Object.values(knobs));
};
const codesOf = (axes: string[], trials = 0) =>
  read(axes, trials).problems.map(({ code, field }) => `${field} ${code}`);

describe('an axis', () => {
  it.each([
    ['lr=0.01,0.1', [0.01, 0.1]],
    [' lr = 1e-3 , .5, +2., -0 ', [0.001, 0.5, 2, 0]],
    ['depth=range(2,6)', [2, 3, 4, 5]],
    ['depth=range( 9 , 2 , -3 )', [9, 6, 3]],
    ['lr=range(0,0.6,0.1)', [0, 0.1, 0.2, 0.3, 0.4, 0.5]],
    ['lr=range(1e-3,4e-3,1e-3)', [0.001, 0.002, 0.003]],
    ['lr=range(0,1,0.4)', [0, 0.4, 0.8]],
    ['solver=adam,sgd', ['adam', 'sgd']],
    ['solver=" a,b" , "", "range(1,2)", 3', [' a,b', '', 'range(1,2)', '3']],
    ['solver=mine(3)', ['mine(3)']],
    ['warm=true,false', [true, false]],
    ['unknown=1,2', [1, 2]],
    ['unknown=1,x', ['1', 'x']],
    ['unknown=true', [true]],
    ['constructor=1', [1]],
  ])('%s means %j', (axis, values) => expect(valuesOf(axis)).toEqual(values));

  it.each([
    ['lr', 'axes[0] SWEEP_AXIS_INVALID'],
    ['=1', 'axes[0] NAME_INVALID'],
    ['__proto__=1', 'axes[0] NAME_INVALID'],
    ['lr=', 'axes.lr SWEEP_VALUE_MISSING'],
    ['lr=1,', 'axes.lr SWEEP_VALUE_MISSING'],
    ['lr=abc', 'axes.lr SWEEP_NUMBER_INVALID'],
    ['lr=NaN', 'axes.lr SWEEP_NUMBER_INVALID'],
    ['lr=0x10', 'axes.lr SWEEP_NUMBER_INVALID'],
    ['lr=1e999', 'axes.lr SWEEP_NUMBER_INVALID'],
    ['lr="1"', 'axes.lr SWEEP_NUMBER_INVALID'],
    ['lr=9007199254740993', 'axes.lr SWEEP_NUMBER_INVALID'],
    ['lr=0.1,1e-1', 'axes.lr SWEEP_VALUE_TWICE'],
    ['depth=2.5', 'axes.depth SWEEP_NOT_INTEGER'],
    ['depth=range(2,9,0.5)', 'axes.depth SWEEP_NOT_INTEGER'],
    ['depth=range(9,2)', 'axes.depth SWEEP_RANGE_EMPTY'],
    ['depth=range(2,2)', 'axes.depth SWEEP_RANGE_EMPTY'],
    ['depth=range(2,9,0)', 'axes.depth SWEEP_RANGE_EMPTY'],
    ['depth=range(2)', 'axes.depth SWEEP_FORM_INVALID'],
    ['depth=range(1,2,3,4)', 'axes.depth SWEEP_FORM_INVALID'],
    ['depth=range(0,1000000000)', 'axes.depth SWEEP_TOO_LARGE'],
    ['lr=range(0,1,1e-300)', 'axes.lr SWEEP_TOO_LARGE'],
    ['lr=range(1,1.000000000000001,1e-18)', 'axes.lr SWEEP_VALUE_TWICE'],
    ['lr=rnage(0,1)', 'axes.lr SWEEP_FORM_UNKNOWN'],
    ['solver=range(0,1)', 'axes.solver SWEEP_FORM_INVALID'],
    ['solver="adam', 'axes.solver SWEEP_VALUE_INVALID'],
    ['solver="adam"x', 'axes.solver SWEEP_VALUE_INVALID'],
    ['solver=a\u202eb', 'axes.solver TEXT_UNSAFE'],
    [`solver=${'a'.repeat(1001)}`, 'axes.solver TEXT_TOO_LONG'],
    ['warm=yes', 'axes.warm SWEEP_VALUE_INVALID'],
    ['warm=sobol(0,1)', 'axes.warm SWEEP_FORM_INVALID'],
  ])('%s is refused: %s', (axis, problem) => {
    const trials = /=sobol/.test(axis) ? 2 : 0;
    expect(codesOf([axis], trials)).toEqual([problem]);
  });

  it.each([
    ['lr=random(1,0)', 'SWEEP_BOUNDS_INVALID'],
    ['lr=random(0,1,log)', 'SWEEP_BOUNDS_INVALID'],
    ['lr=random(-1e308,1e308)', 'SWEEP_BOUNDS_INVALID'],
    ['lr=sobol(1e-308,1e308,log)', 'SWEEP_BOUNDS_INVALID'],
    ['lr=sobol(0,1,exp)', 'SWEEP_FORM_INVALID'],
    ['depth=sobol(-9007199254740991,9007199254740991)', 'SWEEP_BOUNDS_INVALID'],
    ['depth=sobol(1,2.5)', 'SWEEP_NOT_INTEGER'],
  ])('%s is refused: %s', (axis, code) => {
    expect(read([axis], 4).problems.map((problem) => problem.code)).toEqual([code]);
  });

  it('suggests the nearest form', () => {
    expect(read(['lr=rnage(0,1)']).problems[0]?.fix).toContain('did you mean range?');
  });
});

describe('a space', () => {
  it('reports every problem of every axis at once', () => {
    expect(codesOf(['lr=a,b', 'depth=range(9,2)', 'lr=1', 'nothing', 'trees=sobol(500,10)'], 0)).toEqual([
      'axes.lr SWEEP_NUMBER_INVALID',
      'axes.lr SWEEP_NUMBER_INVALID',
      'axes.depth SWEEP_RANGE_EMPTY',
      'axes[3] SWEEP_AXIS_INVALID',
      'axes.trees SWEEP_BOUNDS_INVALID',
      'axes.lr SWEEP_AXIS_TWICE',
      'trials SWEEP_TRIALS_MISSING',
    ]);
  });

  it('gives what can be read although something else cannot', () => {
    const { space, readable } = read(['lr=0.1,0.2', 'depth=range(9,2)', 'trees=sobol(10,500)']);
    expect(space).toBeUndefined();
    expect(readable.axes.map(({ knob }) => knob)).toEqual(['lr']);
  });

  it('asks for trials where something is drawn, and only there', () => {
    expect(codesOf(['lr=random(0,1)'])).toEqual(['trials SWEEP_TRIALS_MISSING']);
    expect(codesOf(['lr=0.1'], 3)).toEqual(['trials SWEEP_TRIALS_UNUSED']);
    expect(codesOf(['lr=random(0,1)'], -1)).toEqual(['trials SWEEP_TRIALS_INVALID']);
    expect(codesOf(['lr=random(0,1)'], 1e9)).toContain('trials SWEEP_TRIALS_INVALID');
  });

  it('is refused when it is too large, before anything is built', () => {
    const wide = ['depth', 'trees', 'lr', 'x'].map((knob) => `${knob}=range(0,9999)`);
    expect(read(wide).problems).toMatchObject([
      { code: 'SWEEP_TOO_LARGE', field: 'axes', found: '9996000599960000' },
    ]);
    expect(codesOf(['depth=range(0,101)', 'lr=random(0,1)'], 100)).toEqual(['axes SWEEP_TOO_LARGE']);
    expect(read(['depth=range(0,100)', 'lr=random(0,1)'], 100).problems).toEqual([]);
    expect(codesOf(Array.from({ length: 33 }, (_, i) => `k${i}=1`))).toEqual(['axes SWEEP_TOO_LARGE']);
    expect(codesOf([`solver=${'a'.repeat(300_000)}`])).toEqual(['axes SWEEP_TOO_LARGE']);
    expect(codesOf([`depth=${Array.from({ length: 10_001 }, (_, i) => i).join(',')}`])).toEqual([
      'axes.depth SWEEP_TOO_LARGE',
    ]);
    expect(codesOf([])).toEqual(['axes SWEEP_AXIS_MISSING']);
  });

  it('tells a bounded number of problems of one axis', () => {
    expect(codesOf([`lr=${Array.from({ length: 5000 }, (_, i) => `x${i}`).join(',')}`])).toHaveLength(20);
  });

  it('is the same in whatever order its axes are written', () => {
    const axes = ['lr=0.01,0.1', 'depth=range(2,9)', 'trees=sobol(10,500)'];
    expect(read([...axes].reverse(), 4)).toEqual(read(axes, 4));
  });

  it('never breaks, whatever is written', () => {
    const piece = fc.constantFrom(
      'lr',
      'depth',
      'solver',
      '=',
      ',',
      '(',
      ')',
      '"',
      'range',
      'sobol',
      'log',
      '1',
      '-',
      'e9',
      '.',
      ' ',
    );
    const text = fc
      .array(fc.oneof(piece, fc.string({ maxLength: 3 })), { maxLength: 24 })
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(fc.array(text, { maxLength: 4 }), fc.integer({ min: -1, max: 50 }), (axes, trials) => {
        const { space, problems } = read(axes, trials);
        expect(space === undefined).toBe(problems.length > 0);
        if (space) expect([...membersOf(space).all()]).toHaveLength(membersOf(space).count);
      }),
    );
  });

  it('names the knobs to ask the catalogue about', () => {
    expect(axisKnobs(['lr=1', 'depth = 2', 'lr=3', 'nothing', '9=1'])).toEqual(['lr', 'depth']);
  });
});
