import { describe, expect, it } from '@jest/globals';
import { fold, type Instant } from '#kernel';
import {
  checkKnob,
  checkKnobValue,
  knob,
  parseKnob,
  type KnobCommand,
  type KnobDeclaration,
  type KnobEvent,
} from './index.js';

const at = '2026-01-31T09:30:00.000Z' as Instant;
const learningRate: KnobDeclaration = {
  knob: 'learningRate',
  type: 'number',
  unit: '1',
  range: { min: 0, max: 1 },
  default: 0.1,
  description: 'Step size of the gradient descent',
};
const declare = (declaration: KnobDeclaration): KnobCommand => ({
  type: 'DeclareKnob',
  namespace: 'default',
  declaration,
  at,
});
const retire: KnobCommand = { type: 'RetireKnob', at };
const given = (...commands: KnobCommand[]): KnobEvent[] => {
  const events: KnobEvent[] = [];
  for (const command of commands) events.push(...knob.decide(command, fold(knob, events)));
  return events;
};
const code = (expected: string) => expect.objectContaining({ code: expected });

describe('knob', () => {
  it('is declared once, however often it is said', () => {
    expect(given(declare(learningRate), declare({ ...learningRate }))).toEqual([
      { type: 'KnobDeclared', namespace: 'default', declaration: learningRate, revision: 1, at },
    ]);
  });

  it('counts revisions through retirement and return', () => {
    const wider = { ...learningRate, range: { min: 0, max: 2 } };
    const events = given(declare(learningRate), declare(wider), retire, retire, declare(wider));
    expect(events.map(({ type, revision }) => [type, revision])).toEqual([
      ['KnobDeclared', 1],
      ['KnobRevised', 2],
      ['KnobRetired', 2],
      ['KnobDeclared', 3],
    ]);
    expect(fold(knob, events)).toMatchObject({ status: 'declared', revision: 3 });
  });

  it('may widen from integer to number, and change its type no other way', () => {
    const { range: _, ...bare } = learningRate as Extract<KnobDeclaration, { type: 'number' }>;
    const integer: KnobDeclaration = { ...bare, type: 'integer', default: 1 };
    expect(given(declare(integer), declare({ ...bare, default: 0.5 }))).toHaveLength(2);
    expect(() => given(declare(learningRate), declare(integer))).toThrow(code('KNOB_TYPE_CHANGED'));
  });

  it('refuses another name in its stream, retiring what is not there, and a default that it would refuse', () => {
    expect(() => given(declare(learningRate), declare({ ...learningRate, knob: 'rate' }))).toThrow(
      code('KNOB_RENAMED'),
    );
    expect(() => given(retire)).toThrow(code('KNOB_NOT_FOUND'));
    expect(() => given(declare({ ...learningRate, default: 2 } as KnobDeclaration))).toThrow(
      code('KNOB_INVALID'),
    );
  });
});

describe('a knob declaration', () => {
  it('reports every problem at once', () => {
    const text = '{"knob":"9x","type":"number","range":{"minimum":1},"default":"a","description":""}';
    expect(() => parseKnob(text)).toThrow(code('KNOB_INVALID'));
    const { problems } = checkKnob(JSON.parse(text));
    expect(problems.map((problem) => [problem.code, problem.field])).toEqual([
      ['NAME_INVALID', 'knob'],
      ['VALUE_OUT_OF_RANGE', 'description'],
      ['KEY_UNKNOWN', 'range.minimum'],
      ['TYPE_WRONG', 'default'],
    ]);
  });

  it('names its types when it has an unknown one', () => {
    expect(checkKnob({ ...learningRate, type: 'numbr' }).problems).toMatchObject([
      {
        code: 'VALUE_UNKNOWN',
        field: 'type',
        message: expect.stringContaining('number, integer, string, boolean'),
      },
    ]);
  });

  it('refuses choices that are no values of it', () => {
    const bad = { ...learningRate, type: 'integer', range: { max: 9 }, choices: [1, 1.5, 10], default: 1 };
    expect(checkKnob(bad).problems.map((problem) => [problem.code, problem.field])).toEqual([
      ['KNOB_TYPE', 'choices[1]'],
      ['KNOB_OUT_OF_RANGE', 'choices[2]'],
    ]);
  });

  it('refuses a range that ends before it begins and text that hides something', () => {
    const bad = { ...learningRate, range: { min: 1, max: 0 }, description: 'a\u202eb' };
    expect(checkKnob(bad).problems.map((problem) => problem.code)).toEqual([
      'KNOB_RANGE_EMPTY',
      'TEXT_UNSAFE',
    ]);
  });
});

describe('a knob value', () => {
  const integer: KnobDeclaration = {
    knob: 'epochs',
    type: 'integer',
    range: { min: 1 },
    default: 300,
    description: 'd',
  };
  const choice: KnobDeclaration = {
    knob: 'solver',
    type: 'string',
    choices: ['adam', 'sgd'],
    default: 'adam',
    description: 'd',
  };
  it.each([
    [learningRate, 0, undefined],
    [learningRate, 1, undefined],
    [learningRate, 1.01, 'KNOB_OUT_OF_RANGE'],
    [learningRate, '0.1', 'KNOB_TYPE'],
    [learningRate, NaN, 'KNOB_TYPE'],
    [integer, 3, undefined],
    [integer, 3.5, 'KNOB_TYPE'],
    [integer, 0, 'KNOB_OUT_OF_RANGE'],
    [choice, 'sgd', undefined],
    [choice, 'rmsprop', 'KNOB_NOT_A_CHOICE'],
    [choice, true, 'KNOB_TYPE'],
  ] as const)('of %j as %j gives %s', (declaration, value, expected) => {
    expect(checkKnobValue(declaration as KnobDeclaration, value, 'knobs.x')?.code).toBe(expected);
  });
});
