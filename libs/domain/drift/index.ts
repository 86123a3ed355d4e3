export { drift, driftStream, type DriftCommand, type DriftState } from './decide.js';
export type { DriftEvent, DriftFinding, Suspect } from './events.js';
export { homogeneity, kolmogorovSmirnov, type TestResult } from './samples.js';
export {
  confidence,
  content,
  moments,
  smallestSample,
  toleranceInterval,
  type Interval,
} from './tolerance-interval.js';
