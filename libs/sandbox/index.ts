export { endOrphans, type OrphanReport } from './end-orphans.js';
export {
  environmentFailure,
  fileDigest,
  hostPythonEnvironment,
  nodeEnvironment,
  pythonPackageFiles,
  type EnvironmentSpec,
  type HostPython,
} from './environment/index.js';
export { failureClasses, type FailureClass, type StepFailure } from './failure.js';
export { captureFingerprint, type Fingerprint, type FingerprintSection } from './fingerprint/index.js';
export { probeIsolation, type Finding, type IsolationProbe } from './isolation/probe.js';
export { openSandbox, type Sandbox, type SandboxOptions } from './sandbox.js';
export type { StepCall } from './run-step.js';
export type { OutputPiece } from './run-process.js';
export type {
  LogBlob,
  MetricSummary,
  StepInput,
  StepIsolation,
  StepLimits,
  StepMetrics,
  StepOutcome,
  StepOutput,
  StepSpec,
  StepUsage,
} from './step.js';
