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
  driftCodec,
  environmentCodec,
  executorCodec,
  holdCodec,
  knobCodec,
  reproductionCodec,
  reviewCodec,
  runCodec,
  signatureCodec,
  sweepCodec,
} from './codecs.js';
export { decodeEnvelope, encodeEnvelope, type Actor, type Envelope, type EventMetadata } from './envelope.js';
