import { describe, expect, it } from '@jest/globals';
import { fold, type Digest, type Instant } from '#kernel';
import { seededNormal } from '../drift/testing/seeded-normal.js';
import { baseline, excess, limitsOf, type BaselineCommand, type BaselineEvent } from './index.js';

const at = '2026-01-31T09:30:00.000Z' as Instant;
const accept: BaselineCommand = {
  type: 'AcceptBaseline',
  namespace: 'default',
  blueprint: 'penguins/species',
  channel: 'dev',
  metric: 'accuracy',
  runs: [{ run: 'a', value: 0.97 }],
  reference: { run: 'a', manifest: `sha256:${'0'.repeat(64)}` as Digest },
  tolerance: { abs: 0, rel: 0 },
  at,
};
const given = (...commands: BaselineCommand[]): BaselineEvent[] => {
  const events: BaselineEvent[] = [];
  for (const command of commands) events.push(...baseline.decide(command, fold(baseline, events)));
  return events;
};

describe('baseline', () => {
  it('counts its acceptances and keeps them all', () => {
    const wider = { ...accept, runs: [...accept.runs, { run: 'b', value: 0.96 }] };
    expect(given(accept, accept, wider)).toMatchObject([{ version: 1 }, { version: 2 }]);
  });

  it('is retired once and may be accepted again', () => {
    const events = given(accept, { type: 'RetireBaseline', at }, { type: 'RetireBaseline', at }, accept);
    expect(events.map(({ type, version }) => [type, version])).toEqual([
      ['BaselineAccepted', 1],
      ['BaselineRetired', 1],
      ['BaselineAccepted', 2],
    ]);
  });

  it('refuses no runs, values that are not finite, and retiring what is not there', () => {
    expect(() => given({ ...accept, runs: [] })).toThrow(expect.objectContaining({ code: 'BASELINE_RUNS' }));
    expect(() => given({ ...accept, runs: [{ run: 'a', value: NaN }] })).toThrow(
      expect.objectContaining({ code: 'BASELINE_VALUE' }),
    );
    expect(() => given({ type: 'RetireBaseline', at })).toThrow(
      expect.objectContaining({ code: 'BASELINE_NOT_FOUND' }),
    );
  });
});

describe('limits', () => {
  it('of one value are its tolerance', () => {
    const limits = limitsOf([0.9], { abs: 0.01, rel: 0 });
    expect(excess(limits, 0.905)).toBe(0);
    expect(excess(limits, 0.92)).toBeCloseTo(0.01);
  });

  it('of fewer than eight differing values say so', () => {
    const limits = limitsOf([0.9, 0.91, 0.92], { abs: 0, rel: 0 });
    expect(limits.method).toBe('too-few');
    expect(excess(limits, 0)).toBeUndefined();
  });

  it('of results that never vary are the tolerance, however many there are', () => {
    expect(excess(limitsOf(Array(3).fill(0.9), { abs: 0, rel: 0 }), 0.9000001)).toBeGreaterThan(0);
    expect(excess(limitsOf(Array(20).fill(0.9), { abs: 0, rel: 0 }), 0.9)).toBe(0);
    expect(excess(limitsOf(Array(20).fill(0.9), { abs: 0, rel: 0 }), 0.9000001)).toBeGreaterThan(0);
  });

  it('raise no more than the stated alarms on 1,000 identical draws, and one on a shift of five sd', () => {
    const normal = seededNormal(20260101);
    const limits = limitsOf(Array.from({ length: 20 }, normal), { abs: 0, rel: 0 });
    const alarms = Array.from({ length: 1000 }, normal).filter((value) => excess(limits, value) !== 0);
    expect(alarms.length).toBeLessThanOrEqual(10);
    expect(excess(limits, 5)).toBeGreaterThan(0);
  });
});
