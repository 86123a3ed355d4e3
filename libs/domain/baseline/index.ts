export {
  baseline,
  baselineStream,
  maxAcceptedRuns,
  type BaselineCommand,
  type BaselineState,
} from './decide.js';
export type { AcceptedRun, BaselineEvent } from './events.js';
export { excess, limitsOf, type Limits } from './limits.js';
export { resultFinding } from './result-finding.js';
