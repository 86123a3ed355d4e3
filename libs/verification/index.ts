export { codes, type Finding, type FindingCode } from './findings.js';
export type { Remembered } from './checkpoints.js';
export { clockBoundMs } from './clocks.js';
export { verifyLog, type Report, type Told, type VerifyOptions } from './verify-log.js';
