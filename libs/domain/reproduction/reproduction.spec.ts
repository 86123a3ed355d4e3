import { describe, expect, it } from '@jest/globals';
import { fold, type Digest, type Instant } from '#kernel';
import { maxDifferences, reproduction, type ReproductionCommand, type ReproductionEvent } from './index.js';

const at = '2026-01-31T09:30:00.000Z' as Instant;
const start: ReproductionCommand = {
  type: 'StartReproduction',
  namespace: 'default',
  originalRun: 'a',
  repeatedRun: 'b',
  manifest: `sha256:${'0'.repeat(64)}` as Digest,
  at,
};
const conclude: ReproductionCommand = {
  type: 'ConcludeReproduction',
  verdict: 'identical',
  differences: [],
  remarks: [],
  at,
};
const given = (...commands: ReproductionCommand[]): ReproductionEvent[] => {
  const events: ReproductionEvent[] = [];
  for (const command of commands) events.push(...reproduction.decide(command, fold(reproduction, events)));
  return events;
};
const types = (events: ReproductionEvent[]) => events.map(({ type }) => type);

describe('reproduction', () => {
  it('is started, then concluded', () => {
    expect(types(given(start, conclude))).toEqual(['ReproductionStarted', 'ReproductionConcluded']);
  });

  it('does nothing for a repeated command', () => {
    expect(types(given(start, start, conclude, conclude, start))).toEqual([
      'ReproductionStarted',
      'ReproductionConcluded',
    ]);
  });

  it('refuses another run under the same id', () => {
    expect(() => given(start, { ...start, repeatedRun: 'c' })).toThrow(
      expect.objectContaining({ code: 'REPRODUCTION_EXISTS' }),
    );
  });

  it('refuses to conclude what was not started, and to change a verdict', () => {
    expect(() => given(conclude)).toThrow(expect.objectContaining({ code: 'REPRODUCTION_NOT_FOUND' }));
    expect(() => given(start, conclude, { ...conclude, verdict: 'diverged' })).toThrow(
      expect.objectContaining({ code: 'REPRODUCTION_CONCLUDED' }),
    );
  });

  it('lists a bounded number of differences and counts them all', () => {
    const difference = { area: 'result', what: 'x', detail: '', likelihood: 0 } as const;
    const events = given(start, {
      ...conclude,
      verdict: 'diverged',
      differences: Array(150).fill(difference),
    });
    expect(events[1]).toMatchObject({ differencesTotal: 150 });
    expect(events[1]).toHaveProperty('differences.length', maxDifferences);
  });
});
