import type { ArtifactEvent } from '#domain/artifact';
import type { AuditEvent } from '#domain/audit';
import type { BaselineEvent } from '#domain/baseline';
import type { BundleEvent } from '#domain/bundle';
import type { DriftEvent } from '#domain/drift';
import type { ReproductionEvent } from '#domain/reproduction';
import { at, digest, namespace, uuid } from './fixed.js';
import type { Samples } from './samples.js';

const core = {
  namespace,
  run: uuid('1'),
  core: digest('a'),
  members: 41,
  sizeBytes: 123_456,
  manifest: digest('b'),
  reproducibilityKey: digest('c'),
  outcome: 'completed',
  at,
} as const;
const compared = {
  namespace,
  blueprint: 'species',
  metric: 'val/accuracy',
  run: uuid('2'),
  baseline: uuid('3'),
  baselineVersion: 4,
  at,
} as const;

export const bundleSamples: Samples<BundleEvent> = {
  BundleSealed: { type: 'BundleSealed', ...core },
  BundleImported: { type: 'BundleImported', ...core },
};

export const reproductionSamples: Samples<ReproductionEvent> = {
  ReproductionStarted: {
    type: 'ReproductionStarted',
    namespace,
    originalRun: uuid('1'),
    repeatedRun: uuid('2'),
    manifest: digest('b'),
    at,
  },
  ReproductionConcluded: {
    type: 'ReproductionConcluded',
    verdict: 'equivalent',
    differences: [
      {
        area: 'configuration',
        what: 'knobs.l2',
        a: '0.001',
        b: '0.002',
        detail: 'the knob l2 has another value',
        likelihood: 0.7,
      },
    ],
    differencesTotal: 101,
    remarks: ['the host was not isolated'],
    at,
  },
};

export const baselineSamples: Samples<BaselineEvent> = {
  BaselineAccepted: {
    type: 'BaselineAccepted',
    namespace,
    blueprint: 'species',
    channel: 'production',
    metric: 'val/accuracy',
    version: 1,
    runs: [
      { run: uuid('1'), value: 0.9696969696969697 },
      { run: uuid('2'), value: 1e-7 },
    ],
    reference: { run: uuid('1'), manifest: digest('b') },
    tolerance: { abs: 0, rel: 0.01 },
    at,
  },
  BaselineRetired: { type: 'BaselineRetired', version: 1, at },
};

export const driftSamples: Samples<DriftEvent> = {
  BaselineHeld: { type: 'BaselineHeld', ...compared, value: 0.97, method: 'tolerance-interval', n: 8 },
  DriftDetected: {
    type: 'DriftDetected',
    ...compared,
    manifest: digest('b'),
    findings: [
      {
        kind: 'result',
        subject: 'val/accuracy',
        test: 'tolerance-interval',
        statistic: 0.5,
        threshold: 0.9,
        n: 8,
        falseAlarmRate: 0.05,
        detail: '0.5 lies below 0.9',
      },
    ],
    suspects: [
      {
        area: 'configuration',
        what: 'knobs.l2',
        before: '0.001',
        after: '10',
        detail: 'the knob l2 has another value',
      },
    ],
  },
};

export const auditSamples: Samples<AuditEvent> = {
  AuditConcluded: {
    type: 'AuditConcluded',
    ...{ kind: 'log', outcome: 'failed', problem: 'the event store does not answer', scheduled: true },
    ...{ startedAt: at, checked: 1000, findings: 3, counts: { EVENT_CHANGED: 1, LOG_FILE_MISSING: 2 } },
    first: [
      {
        ...{ code: 'EVENT_CHANGED', message: 'other bytes than were logged', index: '12' },
        ...{ stream: `run-${uuid('1')}`, revision: '3', eventId: uuid('2') },
      },
      { code: 'LOG_FILE_MISSING', message: 'the tile is not there', file: 'tile/0/000' },
    ],
    log: { size: 900, root: 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=' },
    at,
  },
  SigningKeyRotated: {
    ...{ type: 'SigningKeyRotated', lastSize: '900', at },
    before: 'lab.example/log+3f2a1b0c+AQABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f',
    next: 'lab.example/log+0c1b2a3f+ASAhIiMkJSYnKCkqKywtLi8wMTIzNDU2Nzg5Ojs8PT4/',
    statement: 'holdfast.dev/key-rotation/v1\n…',
  },
};

export const artifactSamples: Samples<ArtifactEvent> = {
  CollectionStarted: { type: 'CollectionStarted', olderThanMs: 86_400_000, at },
  CollectionFinished: {
    type: 'CollectionFinished',
    blobsSeen: 100,
    blobsRemoved: 2,
    bytesRemoved: 4096,
    digests: [digest('1'), digest('2')],
    at,
  },
  ScrubFinished: {
    type: 'ScrubFinished',
    blobs: 100,
    bytes: 1_000_000,
    corrupt: [digest('3')],
    corruptTotal: 1,
    missing: [digest('4')],
    missingTotal: 1,
    at,
  },
};
