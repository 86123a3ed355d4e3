import type { ExecutorEvent } from '#domain/executor';
import type { RunEvent } from '#domain/run';
import type { SweepEvent } from '#domain/sweep';
import { at, blob, digest, namespace, uuid } from './fixed.js';
import type { Samples } from './samples.js';

const blueprint = { name: 'penguins/species', version: digest('a') };
const sweep = { id: uuid('5'), index: 7 };
const metric = {
  name: 'val/accuracy',
  value: 0.9696969696969697,
  count: 300,
  min: 0,
  max: 1,
  folds: 5,
  sd: 0.012,
};
const failure = {
  class: 'timeout',
  message: 'train ran longer than 2m0s (“übergelaufen”)',
  step: 'train',
  fold: 3,
};
const step = {
  epoch: 2,
  step: 'train',
  fold: 3,
  outputs: [{ ...blob('1'), name: 'model', path: 'model.json', kind: 'file' }],
  undeclared: [{ ...blob('2'), name: 'notes', path: 'notes', kind: 'tree' }],
  stdout: blob('3', 0),
  stderr: blob('4'),
  metrics: blob('5'),
  summary: [metric],
  durationMs: 1234.5,
  exitCode: 1,
  seed: '0f'.repeat(32),
  at,
} as const;

export const runSamples: Samples<RunEvent> = {
  RunSubmitted: {
    type: 'RunSubmitted',
    namespace,
    blueprint,
    requestDigest: digest('b'),
    knobs: { epochs: 300, l2: 1e-7, optimizer: 'adam', robust: true },
    pool: 'default',
    priority: -5,
    sweep,
    reproductionOf: uuid('1'),
    submittedAt: at,
  },
  RunAdmitted: {
    type: 'RunAdmitted',
    manifest: digest('c'),
    reproducibilityKey: digest('d'),
    stepsTotal: 7,
    retry: { attempts: 3, on: ['executor-lost', 'lease-expired'] },
    placement: { labels: { gpu: 'a100' }, architecture: 'x64', isolation: null },
  },
  RunRejected: {
    type: 'RunRejected',
    problems: [
      {
        code: 'KNOB_OUT_OF_RANGE',
        field: 'knobs.l2',
        message: 'must be at most 1',
        found: '7',
        fix: 'choose a value from 0 to 1',
        place: { file: 'holdfast.yaml', line: 12, column: 3 },
      },
    ],
    sweep,
    at,
  },
  RunClaimed: { type: 'RunClaimed', epoch: 2, executor: uuid('6'), release: '0.1.0', at },
  RunStarted: {
    type: 'RunStarted',
    epoch: 2,
    fingerprint: digest('e'),
    sections: { cpu: digest('1'), os: digest('2') },
    isolation: { level: 'bubblewrap', network: false },
    hostNotIsolated: false,
    folds: digest('f'),
    at,
  },
  StepCompleted: { type: 'StepCompleted', ...step },
  StepFailed: { type: 'StepFailed', ...step, failure },
  RunRetried: { type: 'RunRetried', epoch: 2, failure, at },
  RunLeaseExpired: { type: 'RunLeaseExpired', epoch: 2, at },
  RunCancelRequested: { type: 'RunCancelRequested', at },
  RunCompleted: { type: 'RunCompleted', epoch: 2, metrics: [metric], sweep, at },
  RunFailed: { type: 'RunFailed', epoch: 3, failure, sweep, at },
  RunCancelled: { type: 'RunCancelled', epoch: 0, sweep, at },
};

export const sweepSamples: Samples<SweepEvent> = {
  SweepSubmitted: {
    type: 'SweepSubmitted',
    namespace,
    blueprint,
    requestDigest: digest('b'),
    space: {
      v: 1,
      axes: [
        { knob: 'epochs', kind: 'range', from: 100, to: 400, step: 100 },
        { knob: 'l2', kind: 'sobol', from: 1e-7, to: 0.1, scale: 'log', integer: false },
        { knob: 'optimizer', kind: 'list', values: ['adam', 'sgd', 1, true] },
      ],
      methods: { sobol: 'joe-kuo-d6/1' },
      trials: 8,
    },
    members: 96,
    window: 64,
    pool: 'default',
    priority: 0,
    submittedAt: at,
  },
  SweepCancelRequested: { type: 'SweepCancelRequested', at },
  SweepCancelled: { type: 'SweepCancelled', at },
};

export const executorSamples: Samples<ExecutorEvent> = {
  ExecutorJoined: {
    type: 'ExecutorJoined',
    mode: 'active',
    pool: 'default',
    labels: { site: 'north-1' },
    slots: 4,
    release: '0.1.0',
    isolation: ['bubblewrap', 'process'],
    architecture: 'x64',
    address: '127.0.0.1:4653',
    at,
  },
  ExecutorLeft: { type: 'ExecutorLeft', at },
  ExecutorModeChanged: { type: 'ExecutorModeChanged', mode: 'draining', at },
  ExecutorScaled: { type: 'ExecutorScaled', slots: 4, at },
};
