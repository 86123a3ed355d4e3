export type { Admission, LeaseEnd, Report, RunCommand, Submission } from './commands.js';
export { run } from './decide.js';
export type {
  BlobRef,
  Failure,
  Metric,
  Output,
  Placement,
  RunEvent,
  RunEventType,
  StepRecord,
  SweepMember,
} from './events.js';
export { runMetrics } from './run-metrics.js';
export {
  epochOf,
  isHeld,
  isTerminal,
  newestAttempt,
  type Attempt,
  type HeldState,
  type RunState,
  type RunStatus,
} from './state.js';
export { runStream } from './stream.js';
