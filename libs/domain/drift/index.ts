export { compareColumns, familyRate, type ColumnFindings } from './column-findings.js';
export { drift, driftStream, type DriftCommand, type DriftState } from './decide.js';
export {
  configurationFindings,
  environmentFindings,
  partitionFindings,
  suspectsOf,
} from './difference-findings.js';
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
