import { describe, expect, it } from '@jest/globals';
import { fold, type Digest, type Instant } from '#kernel';
import { sweep, type Space, type SweepCommand, type SweepEvent } from './index.js';

const at = '2026-01-31T09:30:00.000Z' as Instant;
const digest = (digit: string) => `sha256:${digit.repeat(64)}` as Digest;
const space: Space = { v: 1, axes: [{ knob: 'lr', kind: 'list', values: [1, 2] }], methods: {}, trials: 0 };
const submit: SweepCommand = {
  type: 'SubmitSweep',
  namespace: 'default',
  blueprint: { name: 'default/species', version: digest('1') },
  requestDigest: digest('2'),
  space,
  members: 2,
  window: 256,
  priority: 0,
  at,
};
const cancel: SweepCommand = { type: 'CancelSweep', at };
const conclude: SweepCommand = { type: 'ConcludeCancel', at };
const given = (...commands: SweepCommand[]): SweepEvent[] => {
  const events: SweepEvent[] = [];
  for (const command of commands) events.push(...sweep.decide(command, fold(sweep, events)));
  return events;
};
const types = (events: SweepEvent[]) => events.map(({ type }) => type);
const code = (expected: string) => expect.objectContaining({ code: expected });

describe('sweep', () => {
  it('is submitted once, however often it is said', () => {
    const { type: _, at: submittedAt, ...facts } = submit as Extract<SweepCommand, { type: 'SubmitSweep' }>;
    expect(given(submit, submit)).toEqual([{ type: 'SweepSubmitted', ...facts, submittedAt }]);
  });

  it('refuses another sweep under the same key', () => {
    expect(() => given(submit, { ...submit, requestDigest: digest('3') } as SweepCommand)).toThrow(
      code('IDEMPOTENCY_KEY_REUSED'),
    );
  });

  it('is cancelled in two steps, each once', () => {
    expect(types(given(submit, cancel, cancel, conclude, conclude, cancel))).toEqual([
      'SweepSubmitted',
      'SweepCancelRequested',
      'SweepCancelled',
    ]);
    expect(fold(sweep, given(submit, cancel))).toMatchObject({
      status: 'cancelling',
      submitted: { members: 2 },
    });
  });

  it('stays submitted when it is sent again after its end', () => {
    expect(types(given(submit, cancel, conclude, submit))).toHaveLength(3);
  });

  it('refuses what has no sense', () => {
    expect(() => given(cancel)).toThrow(code('SWEEP_NOT_FOUND'));
    expect(() => given(conclude)).toThrow(code('SWEEP_NOT_FOUND'));
    expect(() => given(submit, conclude)).toThrow(code('SWEEP_NOT_CANCELLED'));
  });
});
