export {
  architectures,
  dataFormats,
  isolationLevels,
  retriableFailures,
  type Architecture,
  type DataFormat,
  type Declared,
  type DeclaredMetric,
  type InputSource,
  type Isolation,
  type IsolationLevel,
  type KnobValue,
  type Manifest,
  type Pinned,
  type PinnedData,
  type PinnedEnvironment,
  type PinnedFolds,
  type PinnedStep,
  type Resources,
  type RetriableFailure,
} from './manifest.js';
export { inputPlan, type PlannedInput } from './input-plan.js';
export { placeBlob, placeDigest, readPlace, withHiddenPlace } from './place.js';
export { parseManifest } from './parse-manifest.js';
export { requiredBlobs, requiredDigests, type RequiredBlob } from './required-blobs.js';
export { reproducibilityKey } from './reproducibility-key.js';
export { stepSeed } from './step-seed.js';
export {
  dataFoldCount,
  instanceId,
  maxInstances,
  stepOrder,
  stepsBefore,
  type StepInstance,
} from './step-order.js';
