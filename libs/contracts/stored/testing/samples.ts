import type * as codecs from '../codecs.js';
import type { EventCodec } from '../codec.js';
import type { EventMetadata } from '../envelope.js';
import { blueprintSamples, datasetSamples, environmentSamples, knobSamples } from './catalogue-samples.js';
import { at } from './fixed.js';
import {
  artifactSamples,
  auditSamples,
  baselineSamples,
  bundleSamples,
  driftSamples,
  reproductionSamples,
} from './result-samples.js';
import { accessSamples } from './access-samples.js';
import {
  editionSamples,
  holdSamples,
  personSamples,
  reviewSamples,
  signatureSamples,
  signerSamples,
} from './people-samples.js';
import { disposalSamples, retentionSamples } from './retention-samples.js';
import { executorSamples, runSamples, sweepSamples } from './run-samples.js';

/** One event of every type, with everything that its present version can hold. */
export type Samples<Event extends { readonly type: string }> = {
  readonly [Type in Event['type']]: Extract<Event, { readonly type: Type }>;
};
type EventOf<Codec> = Codec extends EventCodec<infer Event> ? Event : never;

/** By codec. A codec or a type that is missing here does not compile; its golden file comes beside the others. */
export const samples: {
  readonly [Name in keyof typeof codecs]: Samples<EventOf<(typeof codecs)[Name]>>;
} = {
  accessCodec: accessSamples,
  artifactCodec: artifactSamples,
  auditCodec: auditSamples,
  baselineCodec: baselineSamples,
  blueprintCodec: blueprintSamples,
  bundleCodec: bundleSamples,
  datasetCodec: datasetSamples,
  disposalCodec: disposalSamples,
  driftCodec: driftSamples,
  environmentCodec: environmentSamples,
  executorCodec: executorSamples,
  editionCodec: editionSamples,
  holdCodec: holdSamples,
  personCodec: personSamples,
  knobCodec: knobSamples,
  reproductionCodec: reproductionSamples,
  retentionCodec: retentionSamples,
  reviewCodec: reviewSamples,
  runCodec: runSamples,
  signatureCodec: signatureSamples,
  signerCodec: signerSamples,
  sweepCodec: sweepSamples,
};

/** What every sample is recorded with. */
export const sampleMetadata: Omit<EventMetadata, 'schemaVersion'> = {
  actor: { id: '5e0ffb64-5f5f-5b5c-8c43-0d5a37b0a9a1', type: 'person', roles: ['author', 'reviewer'] },
  reason: 'because the humidity sensor was changed (مدل‌سازی)',
  correlationId: '0b5c6f3e-1d5a-5f0e-9b0a-7f5f0c1d2e3f',
  causationId: '9a8b7c6d-5e4f-5a3b-8c2d-1e0f9a8b7c6d',
  recordedAt: at,
  service: 'scheduler',
  serviceVersion: '0.1.0',
};
