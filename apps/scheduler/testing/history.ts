import type { Digest, Instant } from '#kernel';
import { nameId } from '#evidence';
import { executorCodec, runCodec } from '#contracts/stored';
import { executorStream, type ExecutorEvent } from '#domain/executor';
import { runStream, type RunEvent } from '#domain/run';
import type { ProjectedEvent } from '#runtime';
import { written } from '#runtime/testing';

const at = '2026-01-31T09:30:00.000Z' as Instant;
const digest = (digit: string): Digest => `sha256:${digit.repeat(64)}` as Digest;
const blob = (digit: string) => ({ digest: digest(digit), sizeBytes: 10 });
const by = { service: 'scheduler' } as const;
const machine = nameId('executor', 'one');
const metric = (name: string, value: number) => ({ name, value, count: 3, min: 0, max: value, folds: 0 });

const submitted = (more: object = {}): RunEvent => ({
  type: 'RunSubmitted',
  ...{ namespace: 'default', blueprint: { name: 'penguins/species', version: digest('1') } },
  ...{ requestDigest: digest('2'), knobs: { l2: 0.1 }, pool: 'default', priority: 0, submittedAt: at },
  ...more,
});
const admitted = (more: object = {}): RunEvent => ({
  type: 'RunAdmitted',
  ...{ manifest: digest('3'), reproducibilityKey: digest('4'), stepsTotal: 2 },
  ...{ retry: { attempts: 2, on: ['lease-expired'] } },
  ...more,
});
const claimed = (epoch: number): RunEvent => ({
  ...{ type: 'RunClaimed', epoch, executor: machine, release: '0.1.0', at },
});
const started = (epoch: number): RunEvent => ({
  ...{ type: 'RunStarted', epoch, fingerprint: digest('5'), sections: { os: digest('6') } },
  ...{ isolation: { level: 'process', uid: 2_000_000 }, hostNotIsolated: true, folds: digest('7'), at },
});
const record = (epoch: number, step: string, fold: number | null) => ({
  ...{ epoch, step, fold, stdout: blob('8'), stderr: blob('9'), metrics: blob('a'), durationMs: 12 },
  ...{ outputs: [{ name: 'model', path: 'model.json', kind: 'file' as const, ...blob('b') }] },
  ...{ undeclared: [], summary: [metric('accuracy', 0.9)], seed: 'ab'.repeat(32), at },
});
const failure = { class: 'command-failed', message: 'it broke', step: 'train', fold: 1 };
const lost = { class: 'lease-expired', message: 'no heartbeat' };

const placement = { labels: { gpu: 'a100' }, architecture: 'x64', isolation: 'required' };
const lives: Readonly<Record<string, readonly RunEvent[]>> = {
  rejected: [
    submitted({ sweep: { id: nameId('sweep', 'one'), index: 3 } }),
    {
      type: 'RunRejected',
      problems: [{ code: 'KNOB_UNKNOWN', field: 'knobs.l3', message: 'is not in the catalogue', fix: 'l2' }],
      at,
    },
  ],
  queued: [submitted({ pool: 'gpu', priority: 7 }), admitted({ placement })],
  'queued again': [
    ...[submitted(), admitted(), claimed(1), started(1)],
    { type: 'StepCompleted', ...record(1, 'train', 0), exitCode: 0 },
    { type: 'RunLeaseExpired', epoch: 1, at },
    { type: 'RunRetried', epoch: 1, failure: lost, at },
  ],
  cancelling: [submitted(), admitted(), claimed(1), started(1), { type: 'RunCancelRequested', at }],
  completed: [
    ...[submitted({ reproductionOf: nameId('run', 'another') }), admitted(), claimed(1)],
    { type: 'RunRetried', epoch: 1, failure: { class: 'timeout', message: 'too slow' }, at },
    ...[claimed(2), started(2)],
    { type: 'StepCompleted', ...record(2, 'train', 0) },
    { type: 'StepCompleted', ...record(2, 'report', null), exitCode: 0 },
    {
      type: 'RunCompleted',
      epoch: 2,
      metrics: [metric('accuracy', 0.9), { ...metric('val/loss.last', 0.1), folds: 2, sd: 0.01 }],
      at,
    },
  ],
  failed: [
    ...[submitted(), admitted(), claimed(1), started(1)],
    { type: 'StepFailed', ...record(1, 'train', 1), failure, exitCode: 3 },
    { type: 'RunFailed', epoch: 1, failure, at },
  ],
  expired: [
    ...[submitted(), admitted(), claimed(1)],
    { type: 'RunLeaseExpired', epoch: 1, at },
    { type: 'RunFailed', epoch: 1, failure: lost, at },
  ],
  cancelled: [
    ...[submitted(), admitted(), claimed(1), { type: 'RunCancelRequested', at } as const],
    { type: 'RunCancelled', epoch: 1, at },
  ],
};

/** Runs that lived in every way, and executors that came and went; fixed for ever. */
export function history(): readonly ProjectedEvent[] {
  const joined: ExecutorEvent = {
    type: 'ExecutorJoined',
    ...{ pool: 'default', labels: { site: 'north' }, slots: 2, release: '0.1.0', mode: 'active' },
    ...{ isolation: ['bubblewrap', 'process'], architecture: 'x64', address: '127.0.0.1:1', at },
  };
  return [
    ...Object.entries(lives).flatMap(([name, events]) =>
      written<RunEvent>(runCodec, runStream(nameId('run', name)), events, by),
    ),
    ...written<ExecutorEvent>(
      executorCodec,
      executorStream(machine),
      [
        joined,
        { type: 'ExecutorModeChanged', mode: 'draining', at },
        { type: 'ExecutorScaled', slots: 4, at },
      ],
      by,
    ),
    ...written<ExecutorEvent>(
      executorCodec,
      executorStream(nameId('executor', 'two')),
      [joined, { ...joined, pool: 'gpu' }, { type: 'ExecutorLeft', at }],
      by,
    ),
  ];
}
