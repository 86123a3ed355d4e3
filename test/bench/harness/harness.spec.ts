import { describe, expect, it } from '@jest/globals';
import type { Figure, Opened } from './figure.js';
import { exitStatus, interleave, isMet, median, runProgram, summarise } from './measure.js';
import { jsonLine, shown, table } from './report.js';

const figure = (target?: Figure['target']): Figure => ({
  ...{ name: 'a.b', title: 'A of B', unit: 'ms', limit: 'nothing of ours' },
  ...(target ? { target } : {}),
});
const pair = (value: number, limit: number) => ({ ours: { 'a.b': value }, bare: { 'a.b': limit } });

/** A program whose numbers are these, one after another, and the order in which they were asked for. */
function program(values: readonly number[], limits: readonly number[]) {
  const order: string[] = [];
  const left = { ours: [...values], bare: [...limits] };
  const next = (side: 'ours' | 'bare') => {
    order.push(side);
    const value = left[side].shift();
    return Promise.resolve<Record<string, number>>(value === undefined ? {} : { 'a.b': value });
  };
  const opened: Opened = {
    ours: () => next('ours'),
    bare: () => next('bare'),
    close: () => Promise.resolve(void order.push('close')),
  };
  return { opened, order };
}

describe('a median', () => {
  it('is the middle one, the mean of the middle two, and none of none', () => {
    expect(median([5, 1, 9])).toBe(5);
    expect(median([4, 1, 9, 2])).toBe(3);
    expect(median([10, 9, 100])).toBe(10);
    expect(median([])).toBeUndefined();
  });
});

describe('a figure', () => {
  it('has the median of either side, and the median of the ratios, pair by pair', () => {
    const result = summarise(figure(), [pair(10, 5), pair(30, 10), pair(20, 2), pair(40, 10), pair(50, 50)]);
    expect(result).toMatchObject({ value: 30, limit: 10, ratio: 3, pairs: 5 });
    expect(result.met).toBeUndefined();
  });

  it('is met by its value, or by its ratio', () => {
    const pairs = [pair(10, 5), pair(10, 5), pair(10, 5)];
    expect(summarise(figure({ of: 'value', atMost: 10 }), pairs).met).toBe(true);
    expect(summarise(figure({ of: 'value', atMost: 9 }), pairs).met).toBe(false);
    expect(summarise(figure({ of: 'ratio', atLeast: 2 }), pairs).met).toBe(true);
    expect(summarise(figure({ of: 'ratio', atLeast: 2.1 }), pairs).met).toBe(false);
  });

  it('without its limit is missing, and what is missing meets nothing', () => {
    const alone = summarise(figure({ of: 'value', atMost: 10 }), [{ ours: { 'a.b': 1 }, bare: {} }]);
    expect(alone).toMatchObject({ value: undefined, met: false, failed: expect.any(String) });
    expect(isMet({ of: 'value', atMost: 10 }, undefined)).toBe(false);
    const nothing = summarise(figure({ of: 'value', atMost: 10 }), [pair(Number.NaN, 1), pair(1, Infinity)]);
    expect(nothing).toMatchObject({ pairs: 0, met: false });
  });
});

describe('pairs', () => {
  it('change which side comes first', async () => {
    const { opened, order } = program([1, 2, 3], [1, 2, 3]);
    await interleave(opened, 3);
    expect(order).toEqual(['ours', 'bare', 'bare', 'ours', 'ours', 'bare']);
  });

  it('are five, and what was opened is closed', async () => {
    const { opened, order } = program([1, 2, 3, 4, 5], [2, 4, 6, 8, 10]);
    const [result] = await runProgram(() => Promise.resolve(opened), [figure()], false);
    expect(result).toMatchObject({ value: 3, limit: 6, ratio: 0.5, pairs: 5 });
    expect(order.at(-1)).toBe('close');
  });
});

describe('the end', () => {
  const met = { ...summarise(figure(), [pair(1, 1)]), met: true };
  it('is 0 when every target is met, 1 when one is not, or was not measured, or nothing was', async () => {
    expect(exitStatus([met, summarise(figure(), [pair(1, 1)])])).toBe(0);
    expect(exitStatus([met, { ...met, met: false }])).toBe(1);
    expect(exitStatus([])).toBe(1);
    const broken = await runProgram(() => Promise.reject(new Error('no disk')), [figure()], false);
    expect(broken).toMatchObject([{ failed: 'no disk' }]);
    expect(exitStatus(broken)).toBe(1);
  });
});

describe('a report', () => {
  const result = summarise(figure({ of: 'value', atMost: 10 }), [pair(12, 4)]);
  it('is a table for people, with what was made smaller', () => {
    expect(table([{ ...result, smaller: 'with 1 row' }]).split('\n')).toEqual([
      'figure  value  unit  limit  ratio  target   met',
      'a.b        12  ms        4      3  ≤ 10 ms  NO',
      '',
      'a.b: with 1 row',
    ]);
    expect([shown(0.01234), shown(12.345), shown(12_345.6), shown(undefined)]).toEqual([
      '0.0123',
      '12.3',
      '12,346',
      '–',
    ]);
  });

  it('is one object for programs', () => {
    expect(JSON.parse(jsonLine(result))).toEqual({
      ...{ name: 'a.b', title: 'A of B', value: 12, unit: 'ms', limit: 4, limitIs: 'nothing of ours' },
      ...{ ratio: 3, target: '≤ 10 ms', met: false, pairs: 1 },
    });
  });
});
