export {
  eventCodec,
  type Decoded,
  type EventCodec,
  type EventSchema,
  type Present,
  type Upcast,
} from './codec.js';
export {
  accessCodec,
  artifactCodec,
  auditCodec,
  baselineCodec,
  blueprintCodec,
  bundleCodec,
  datasetCodec,
  disposalCodec,
  driftCodec,
  editionCodec,
  environmentCodec,
  executorCodec,
  holdCodec,
  knobCodec,
  personCodec,
  reproductionCodec,
  retentionCodec,
  reviewCodec,
  runCodec,
  signatureCodec,
  signerCodec,
  sweepCodec,
} from './codecs.js';
export { eventTypes } from './known-events.js';
export { decodeEnvelope, encodeEnvelope, type Actor, type Envelope, type EventMetadata } from './envelope.js';
