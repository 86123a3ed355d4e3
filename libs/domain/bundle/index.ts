export { bundle, type BundleCommand, type BundleState } from './decide.js';
export type { BundleEvent } from './events.js';
export { historyBytes, parseHistory, type HistoryLine } from './history.js';
export { bundlePaths, coreTree, type Content, type CoreParts } from './members.js';
