export { compareManifests, type CodeTrees } from './causes.js';
export { brief, byLikelihood, type Area, type Difference } from './difference.js';
export { differingLeaves } from './leaves.js';
export {
  compareResults,
  instance,
  type ResultComparison,
  type RunResult,
  type StepResult,
} from './results.js';
export { resultOf } from './run-result.js';
export { judge, within, type Tolerance, type Verdict } from './verdict.js';
