export { openFold, type Fold } from './folds.js';
export { stateDifferences, type StateDifference } from './state-differences.js';
