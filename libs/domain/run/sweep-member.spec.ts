import { describe, expect, it } from '@jest/globals';
import { fold, type Digest, type Instant } from '#kernel';
import { run, type RunEvent, type Submission } from './index.js';

const at = '2026-01-31T09:30:00.000Z' as Instant;
const digest = `sha256:${'1'.repeat(64)}` as Digest;
const sweep = { id: '6f1c5f0e-0b0a-4b0e-9c56-000000000001', index: 4 };
const submission: Submission = {
  namespace: 'default',
  blueprint: { name: 'default/species', version: digest },
  requestDigest: digest,
  knobs: {},
  pool: 'default',
  priority: 0,
  sweep,
};
const retry = { attempts: 1, on: [] };
const admitted = { manifest: digest, reproducibilityKey: digest, stepsTotal: 0, retry };
const claim = { type: 'ClaimRun', executor: 'x', release: '1', at } as const;
const reported = (report: { kind: 'completed'; metrics: [] } | { kind: 'cancelled'; message: string }) =>
  ({ type: 'ReportAttempt', epoch: 1, executor: 'x', reports: [report], at }) as const;
const last = (admission: object, ...commands: Parameters<typeof run.decide>[0][]) => {
  const submit = { type: 'SubmitRun', submission, admission, at } as Parameters<typeof run.decide>[0];
  const events: RunEvent[] = [];
  for (const command of [submit, ...commands]) events.push(...run.decide(command, fold(run, events)));
  return events.at(-1);
};

describe('a member of a sweep says which it is', () => {
  it.each([
    ['when it is rejected', 'RunRejected', last({ problems: [] })],
    [
      'when it completes',
      'RunCompleted',
      last(admitted, claim, reported({ kind: 'completed', metrics: [] })),
    ],
    ['when it fails', 'RunFailed', last(admitted, claim, reported({ kind: 'cancelled', message: 'gone' }))],
    ['when it is cancelled in the queue', 'RunCancelled', last(admitted, { type: 'CancelRun', at })],
    [
      'when it is cancelled at work',
      'RunCancelled',
      last(admitted, claim, { type: 'CancelRun', at }, reported({ kind: 'cancelled', message: 'asked to' })),
    ],
  ])('%s', (_, type, event) => expect(event).toMatchObject({ type, sweep }));
});
