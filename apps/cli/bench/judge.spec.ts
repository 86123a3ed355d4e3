import { describe, expect, it } from '@jest/globals';
import { figures, type Figure } from './figures.js';
import { durationReading, isFinding, judge, percentile, type Reading } from './judge.js';
import type { Terminal } from '../output/terminal.js';
import { rangeText, showFigures, valueText } from './show-figures.js';

const figure = (healthy: Figure['healthy'], elsewhere?: Figure['healthy']): Figure => ({
  ...{ name: 'f', what: 'a figure', unit: 'ms', healthy, because: 'so', otherwise: 'slow', hint: 'do it' },
  ...(elsewhere ? { elsewhere } : {}),
});
const most = figure({ atMost: 5 }, { atMost: 50 });
const least = figure({ atLeast: 10 });
const near = figure({ within: 100 });
const word = figure({ is: 'bubblewrap' });

describe('a reading', () => {
  it.each<[string, Figure, Reading, boolean, string]>([
    ['at its bound', most, { value: 5 }, false, 'ok'],
    ['beyond its bound', most, { value: 5.01 }, false, 'slow'],
    ['beyond it on another machine, where more is healthy', most, { value: 20 }, true, 'ok'],
    ['beyond what is healthy there', most, { value: 51 }, true, 'slow'],
    ['of enough', least, { value: 10 }, false, 'ok'],
    ['of too little', least, { value: 9.9 }, false, 'slow'],
    ['of too little, the same wherever it is', least, { value: 9.9 }, true, 'slow'],
    ['a little before', near, { value: -100 }, false, 'ok'],
    ['far before', near, { value: -101 }, false, 'slow'],
    ['far behind', near, { value: 101 }, false, 'slow'],
    ['the word it should be', word, { value: 'bubblewrap' }, false, 'ok'],
    ['another word', word, { value: 'process' }, false, 'slow'],
    ['no number', most, { value: NaN }, false, 'slow'],
    ['that cannot be seen from here', most, { skipped: 'elsewhere' }, true, 'skipped'],
    ['that failed', most, { failed: 'no executor' }, false, 'failed'],
  ])('%s', (_, of, reading, isElsewhere, verdict) => {
    const judged = judge(of, reading, isElsewhere);
    expect(judged).toMatchObject({ name: 'f', unit: 'ms', because: 'so', verdict });
    expect(isFinding(judged)).toBe(!['ok', 'skipped'].includes(verdict));
    expect(judged.hint !== undefined).toBe(isFinding(judged));
  });

  it('of durations is a percentile of them, with how many there were', () => {
    const values = Array.from({ length: 100 }, (_, i) => 100 - i);
    expect(durationReading(values, 0.99)).toEqual({ value: 99, samples: 100 });
    expect([percentile(values, 0.5), percentile([7], 0.99), percentile([3, 1], 0.5)]).toEqual([50, 7, 1]);
    expect(durationReading([], 0.5)).toEqual({ failed: 'nothing was measured' });
  });
});

describe('the figures', () => {
  it('have each a name of its own, a reason and a way out', () => {
    expect(new Set(figures.map(({ name }) => name)).size).toBe(figures.length);
    for (const { because, hint } of figures) expect([because, hint]).not.toContain('');
  });

  it.each<[Figure['healthy'], string]>([
    [{ atMost: 5 }, '≤ 5 ms'],
    [{ atLeast: 2000 }, '≥ 2000 ms'],
    [{ within: 100 }, '± 100 ms'],
    [{ is: 'bubblewrap' }, 'bubblewrap'],
  ])('show what is healthy: %j', (healthy, text) => {
    expect(rangeText(judge(figure(healthy), { value: 0 }, false))).toBe(text);
  });

  it('are shown with as many digits as tell something', () => {
    const shown = (value: number | string) => valueText(judge(most, { value }, false));
    expect([shown(0.12345), shown(12.345), shown(1234.5), shown('process')]).toEqual([
      ...['0.123 ms', '12.3 ms', '1235 ms', 'process'],
    ]);
    expect(valueText(judge(most, { skipped: 'elsewhere' }, true))).toBe('–');
  });
});

describe('a table of figures', () => {
  const terminal = (lines: string[]): Terminal => ({
    ...{ colour: false, interactive: false, isScreen: false, width: 120 },
    ...{ write: () => {}, drained: () => Promise.resolve(), note: () => {} },
    out: (text) => void lines.push(...text.split('\n')),
  });
  const named = (name: string, reading: Reading) => judge({ ...most, name }, reading, false);
  const judged = [
    named('a', { value: 1 }),
    named('b', { failed: 'no executor' }),
    named('c', { value: 9 }),
    named('d', { failed: 'no executor' }),
    named('e', { skipped: 'elsewhere' }),
  ];

  it('says once what is said of several', async () => {
    const lines: string[] = [];
    await showFigures(terminal(lines), 'table', judged, false);
    expect(lines.slice(judged.length + 1)).toEqual([
      'b, d: no executor → `holdfast doctor` says what is wrong',
      'c: → do it',
      'e: elsewhere',
      '3 findings',
    ]);
    expect(lines[3]).toMatch(/^c +a figure +9 ms +≤ 5 ms +slow$/);
  });

  it('is for scripts the names of what is not healthy, or objects', async () => {
    const [quiet, json]: [string[], string[]] = [[], []];
    await showFigures(terminal(quiet), 'table', judged, true);
    expect(quiet).toEqual(['b', 'c', 'd']);
    await showFigures(terminal(json), 'json', judged, false);
    expect(JSON.parse(json.join('\n'))).toMatchObject([
      { name: 'a', value: 1, unit: 'ms', healthy: { atMost: 5 }, verdict: 'ok', ok: true },
      ...[{ verdict: 'failed', why: 'no executor', ok: false }, { verdict: 'slow', hint: 'do it' }, {}, {}],
    ]);
  });
});
