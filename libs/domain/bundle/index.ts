export { bundle, type BundleCommand, type BundleState } from './decide.js';
export {
  describeRun,
  sbomBytes,
  withMembers,
  type Approval,
  type DeclaredVersion,
  type Described,
  type RunRecord,
  type Statement,
} from './documents/index.js';
export type { BundleEvent } from './events.js';
export { historyBytes, parseHistory, parseLines, type HistoryLine } from './history.js';
export {
  bundlePaths,
  coreTree,
  descriptionPaths,
  stepFolder,
  type Content,
  type CoreParts,
} from './members.js';
