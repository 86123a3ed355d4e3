export type { BlobRef, Failure, Metric, Output, RunEvent, RunEventType } from './events.js';
