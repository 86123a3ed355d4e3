import { streamId, type Digest, type Instant, type Problem } from '#kernel';
import { nameId } from '#evidence';
import {
  artifactCodec,
  blueprintCodec,
  bundleCodec,
  datasetCodec,
  disposalCodec,
  reproductionCodec,
  retentionCodec,
  runCodec,
} from '#contracts/stored';
import type { ArtifactEvent } from '#domain/artifact';
import { blueprintStream, type BlueprintEvent } from '#domain/blueprint';
import type { BundleEvent } from '#domain/bundle';
import { datasetStream, datasetVersionId, type DatasetEvent } from '#domain/dataset';
import { disposalStream, type DisposalEvent } from '#domain/disposal';
import type { ReproductionEvent } from '#domain/reproduction';
import { assignmentStream, classStream, type RetentionEvent } from '#domain/retention';
import type { RunEvent } from '#domain/run';
import type { ProjectedEvent } from '#runtime';
import { written } from '#runtime/testing';

const at = '2026-01-31T09:30:00.000Z' as Instant;
const later = '2026-01-31T09:31:00.000Z' as Instant;
const digest = (digit: string): Digest => `sha256:${digit.repeat(64)}` as Digest;
const blob = (digit: string) => ({ digest: digest(digit), sizeBytes: 10 });
const id = (name: string) => nameId('test', name);
const namespace = 'penguins';

const bundle = {
  namespace,
  run: id('run'),
  core: digest('c'),
  members: 12,
  sizeBytes: 4096,
  manifest: digest('a'),
  reproducibilityKey: digest('7'),
  outcome: 'completed',
  at,
} as const;

/** One event of every type that provenance writes, and of what it reads; fixed for ever. */
export function history(): readonly ProjectedEvent[] {
  const submitted = {
    type: 'RunSubmitted',
    namespace,
    blueprint: { name: 'penguins/species', version: digest('b') },
    requestDigest: digest('8'),
    knobs: { l2: 0.1 },
    pool: 'default',
    priority: 0,
    submittedAt: at,
  } as const;
  const problem: Problem = { code: 'X', field: '', message: 'no' };
  const started = {
    type: 'ReproductionStarted',
    namespace,
    originalRun: id('run'),
    manifest: digest('a'),
    at,
  } as const;
  return [
    ...written<BlueprintEvent>(blueprintCodec, blueprintStream(namespace, 'species'), [
      {
        ...{ type: 'BlueprintVersionDeclared', namespace, name: 'species', version: digest('b'), number: 1 },
        ...{ previous: null, document: blob('1'), lock: blob('2'), why: 'Why?', at },
      },
    ]),
    ...written<DatasetEvent>(datasetCodec, datasetStream(namespace, 'birds'), [
      {
        ...{ type: 'DatasetVersionAdded', namespace, name: 'birds', number: 1, at },
        ...{ ...blob('3'), format: 'csv', schema: blob('4'), profile: blob('5'), about: {} },
      },
    ]),
    ...written<RunEvent>(runCodec, streamId('run', id('run')), [
      submitted,
      {
        ...{ type: 'RunAdmitted', manifest: digest('a'), reproducibilityKey: digest('7') },
        ...{ stepsTotal: 1, retry: { attempts: 1, on: [] } },
      },
      {
        ...{ type: 'RunStarted', epoch: 1, fingerprint: digest('6'), sections: { cpu: digest('9') } },
        ...{ isolation: {}, hostNotIsolated: false, folds: digest('f'), at },
      },
    ]),
    ...written<RunEvent>(runCodec, streamId('run', id('other')), [
      submitted,
      { type: 'RunRejected', problems: [problem], at },
    ]),
    ...written<BundleEvent>(bundleCodec, streamId('bundle', id('run')), [
      { type: 'BundleSealed', ...bundle },
    ]),
    ...written<BundleEvent>(bundleCodec, streamId('bundle', id('imported')), [
      { type: 'BundleImported', ...bundle, run: id('imported'), outcome: 'failed' },
    ]),
    ...written<ReproductionEvent>(reproductionCodec, streamId('reproduction', id('one')), [
      { ...started, repeatedRun: id('repeat') },
      {
        type: 'ReproductionConcluded',
        verdict: 'diverged',
        differences: [
          {
            ...{ area: 'result', what: 'outputs.train.model', a: digest('d'), b: digest('e') },
            ...{ detail: 'bytes changed', likelihood: 0 },
          },
        ],
        differencesTotal: 1,
        remarks: ['the environments differ in cpu'],
        at: later,
      },
    ]),
    ...written<ReproductionEvent>(reproductionCodec, streamId('reproduction', id('two')), [
      { ...started, repeatedRun: id('another') },
    ]),
    ...written<ArtifactEvent>(artifactCodec, streamId('artifact', id('gc')), [
      { type: 'CollectionStarted', olderThanMs: 86_400_000, at },
      {
        ...{ type: 'CollectionFinished', blobsSeen: 9, blobsRemoved: 1, bytesRemoved: 10 },
        ...{ digests: [digest('0')], at: later },
      },
    ]),
    ...written<ArtifactEvent>(artifactCodec, streamId('artifact', id('scrub')), [
      {
        ...{ type: 'ScrubFinished', blobs: 9, bytes: 90, corrupt: [digest('1')], corruptTotal: 1 },
        ...{ missing: [], missingTotal: 0, at },
      },
    ]),
    ...written<RetentionEvent>(retentionCodec, classStream('short'), [
      {
        ...{ type: 'RetentionClassDeclared', name: 'short', artifacts: ['logs'], keepForDays: 30 },
        ...{ authority: 'policy 7', at },
      },
      { type: 'RetentionLengthened', name: 'short', keepForDays: null, authority: 'policy 8', at },
      { type: 'RetentionShortened', name: 'short', keepForDays: 7, authority: 'policy 9', at: later },
    ]),
    ...written<RetentionEvent>(retentionCodec, assignmentStream(streamId('run', id('run'))), [
      {
        ...{ type: 'RetentionAssigned', subject: streamId('run', id('run')), label: id('run') },
        ...{ class: 'short', at },
      },
    ]),
    ...written<DisposalEvent>(disposalCodec, disposalStream(id('run')), [
      {
        ...{ type: 'ArtifactsDisposed', run: id('run'), namespace, blueprint: 'penguins/species' },
        ...{ artifacts: ['logs'], class: 'short', authority: 'policy 9', early: false },
        ...{ blobs: [blob('1'), blob('2')], part: 1, parts: 1, at: later },
      },
      { type: 'DisposalFinished', blobs: 1, bytes: 10, left: 1, at: later },
      {
        ...{
          type: 'ArtifactsDisposed',
          run: id('run'),
          namespace,
          artifacts: ['outputs'],
          class: 'for-ever',
        },
        ...{ authority: 'case 9', early: true, blobs: [blob('3')], part: 1, parts: 1, at: later },
      },
      { type: 'DisposalWithdrawn', hold: streamId('hold', id('hold')), gone: [], at: later },
    ]),
    ...written<DisposalEvent>(disposalCodec, disposalStream(datasetVersionId(namespace, 'birds', 1)), [
      {
        ...{
          type: 'ArtifactsDisposed',
          dataset: { name: 'birds', number: 1 },
          namespace,
          artifacts: ['data'],
        },
        ...{ class: 'short', authority: 'policy 9', early: false, blobs: [blob('4')], part: 1, parts: 1 },
        seen: { stream: streamId('hold', id('hold')), revision: 0 },
        at: later,
      },
    ]),
  ];
}
