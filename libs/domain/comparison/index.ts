export { compareManifests, type CodeTrees } from './causes.js';
export { describeContents, type Contents } from './describe-contents.js';
export { brief, byLikelihood, type Area, type Difference } from './difference.js';
export { compareFingerprints, differingSections, type CapturedEnvironment } from './fingerprints.js';
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
