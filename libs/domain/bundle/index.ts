export { bundle, type BundleCommand, type BundleState } from './decide.js';
export {
  crateBytes,
  describeRun,
  lineageBytes,
  provBytes,
  sbomBytes,
  statementsOf,
  timesOf,
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
  entriesBelow,
  entryAt,
  stepFolder,
  type Content,
  type CoreParts,
} from './members.js';
