import { describe, expect, it } from '@jest/globals';
import { findingsIn, type Event } from './history.js';

const expected = { runs: 1, reproductions: 1, comparisons: 1 };
let count = 0;
const event = (stream: string, revision: number, type: string, data: Event['data'] = {}): Event => {
  const eventId = String(count++);
  const about = { recordedAt: undefined, actor: undefined, correlationId: 'c', envelope: Buffer.alloc(0) };
  return { stream, revision, type, data, eventId, ...about };
};
const whole = [
  event('run-1', 0, 'RunSubmitted', { reproductionOf: '0' }),
  event('run-1', 1, 'RunClaimed', { epoch: 1 }),
  event('run-1', 2, 'RunRetried', { failure: { class: 'executor-lost' } }),
  event('run-1', 3, 'RunClaimed', { epoch: 2 }),
  event('run-1', 4, 'RunCompleted'),
  event('bundle-1', 0, 'BundleSealed'),
  event('reproduction-1', 0, 'ReproductionStarted'),
  event('reproduction-1', 1, 'ReproductionConcluded', { verdict: 'identical' }),
  event('drift-1', 0, 'BaselineHeld'),
];
/** The same with other data in one event. */
const altered = (type: string, data: Event['data']) =>
  whole.map((one) => (one.type === type ? { ...one, data } : one));

describe('what is looked for in a history after a kill', () => {
  it('finds nothing wrong where each thing has happened once', () => {
    expect(findingsIn(whole, expected)).toEqual([]);
  });

  it.each([
    [
      'a second end',
      [...whole, event('run-1', 5, 'RunCompleted')],
      /run 1 has ended as \[RunCompleted,RunCompleted\]/,
    ],
    ['a run without an end', whole.filter(({ type }) => type !== 'RunCompleted'), /run 1 has ended as \[\]/],
    ['another run', [...whole, event('run-2', 0, 'RunSubmitted')], /2 runs, not 1/],
    ['a run that is lost', whole.filter(({ stream }) => stream !== 'run-1'), /0 runs, not 1/],
    [
      'something after its end',
      [...whole, event('run-1', 5, 'StepCompleted')],
      /run 1 goes on after its end/,
    ],
    [
      'an attempt that is lost otherwise than with its executor',
      altered('RunRetried', { failure: { class: 'timeout' } }),
      /claimed 2 times, after \[timeout\]/,
    ],
    ['a repeat that is lost', altered('RunSubmitted', {}), /0 repeats, not 1/],
    ['an epoch twice', altered('RunClaimed', { epoch: 1 }), /claimed at epochs 1,1/],
    ['a second bundle', [...whole, event('bundle-1', 1, 'BundleSealed')], /BundleSealed in 1 streams/],
    [
      'a bundle that is lost',
      whole.filter(({ type }) => type !== 'BundleSealed'),
      /BundleSealed in 0 streams/,
    ],
    [
      'a second reproduction',
      [...whole, event('reproduction-2', 0, 'ReproductionStarted')],
      /ReproductionStarted in 2/,
    ],
    ['another verdict', altered('ReproductionConcluded', { verdict: 'diverged' }), /is diverged/],
    ['a second comparison', [...whole, event('drift-2', 0, 'DriftDetected')], /2 comparisons, not 1/],
    ['a gap', whole.filter(({ type }) => type !== 'RunRetried'), /run-1 has RunClaimed at 3 out of turn/],
    ['an event id twice', whole.map((one) => ({ ...one, eventId: '7' })), /event id is there twice/],
  ])('finds %s', (_, events, message) => {
    expect(findingsIn(events, expected).join('\n')).toMatch(message);
  });
});
