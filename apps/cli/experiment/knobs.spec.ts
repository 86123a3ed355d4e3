import { describe, expect, it } from '@jest/globals';
import { isDomainError } from '#kernel';
import type { KnobDeclaration } from '#domain/knob';
import { knobsToDeclare } from './knobs-to-declare.js';
import { readSet } from './read-set.js';

const number = (knob: string, over: object = {}): KnobDeclaration => ({
  knob,
  type: 'number',
  default: 1,
  description: 'x',
  ...over,
});
const experiment = (knobs: Record<string, string | number | boolean>, catalogue?: KnobDeclaration[]) =>
  ({
    file: 'a/holdfast.yaml',
    blueprint: { knobs },
    catalogue: catalogue && {
      knobs: Object.fromEntries(catalogue.map((knob) => [knob.knob, knob])),
      files: [],
      problems: [],
    },
  }) as unknown as Parameters<typeof knobsToDeclare>[0];
const known = (declaration: KnobDeclaration, retired = false) =>
  new Map([[declaration.knob, { declaration, retired }]]);

describe('which knobs a run declares', () => {
  it('without a catalogue: those that nobody has declared, with the type of their value', () => {
    const declared = knobsToDeclare(experiment({ a: 1, b: 0.5, c: 'x', d: false }), known(number('a')));
    expect(declared).toEqual([
      { knob: 'b', type: 'number', default: 0.5, description: 'Declared from its value in holdfast.yaml.' },
      { knob: 'c', type: 'string', default: 'x', description: expect.any(String) },
      { knob: 'd', type: 'boolean', default: false, description: expect.any(String) },
    ]);
  });

  it('none that was retired: a value in a file does not bring it back', () => {
    expect(knobsToDeclare(experiment({ a: 1 }), known(number('a'), true))).toEqual([]);
  });

  it('with a catalogue: what it declares and the server has not, or has otherwise', () => {
    const [a, b] = [number('a'), number('b', { range: { max: 2 } })];
    const there = new Map([...known(a), ...known(number('b'))]);
    expect(knobsToDeclare(experiment({ a: 1, b: 1 }, [a, b]), there)).toEqual([b]);
  });

  it('again as a number when a whole one that was only inferred has a fraction now', () => {
    const [first] = knobsToDeclare(experiment({ a: 1 }), new Map());
    expect(first?.type).toBe('integer');
    const inferred = known(first as KnobDeclaration);
    expect(knobsToDeclare(experiment({ a: 1.5 }), inferred)[0]?.type).toBe('number');
    const asked = known({ ...(first as KnobDeclaration), description: 'How many' } as KnobDeclaration);
    expect(knobsToDeclare(experiment({ a: 1.5 }), asked)).toEqual([]);
  });
});

describe('--set', () => {
  const knobs = {
    lr: number('lr'),
    deep: { knob: 'deep', type: 'integer', default: 1, description: 'x' } as const,
    name: { knob: 'name', type: 'string', default: '', description: 'x' } as const,
    on: { knob: 'on', type: 'boolean', default: true, description: 'x' } as const,
  };

  it('reads each value as its knob takes it', () => {
    const values = readSet(['lr=1e-3', 'deep=4', 'name=1', 'on=false', 'seed=7'], knobs);
    expect(values).toEqual({ lr: 0.001, deep: 4, name: '1', on: false, seed: 7 });
    expect(readSet(['name=a=b'], knobs)).toEqual({ name: 'a=b' });
    expect(readSet(['lr=-.5'], knobs)).toEqual({ lr: -0.5 });
  });

  it('tells everything that is wrong at once', () => {
    try {
      readSet(['lr=fast', 'deep=1.5', 'on=yes', 'nam=1', 'lr', 'seed=x', 'lr=1'], knobs);
      throw new Error('not refused');
    } catch (error) {
      if (!isDomainError(error)) throw error;
      expect(error.problems.map(({ code, field }) => `${code} ${field}`)).toEqual([
        'KNOB_TYPE knobs.lr',
        'KNOB_TYPE knobs.deep',
        'KNOB_TYPE knobs.on',
        'KNOB_NOT_SET knobs.nam',
        'SET_INVALID --set',
        'SEED_INVALID seed',
        'SET_TWICE knobs.lr',
      ]);
      expect(error.problems[3]?.fix).toBe('did you mean name?');
    }
  });

  it.each(['lr=0x10', 'lr=Infinity', 'lr=NaN', 'lr=1_000', 'lr='])('%s is no number', (text) => {
    expect(() => readSet([text], knobs)).toThrow('KNOB_TYPE');
  });

  it.each(['lr=1e999', 'lr=9007199254740993', 'deep=-9007199254740993'])(
    '%s is refused as it was written, not as another number',
    (text) => {
      expect(() => readSet([text], knobs)).toThrow(/NUMBER_UNSAFE/);
      expect(() => readSet([text], knobs)).toThrow(text.slice(text.indexOf('=') + 1));
    },
  );
});
