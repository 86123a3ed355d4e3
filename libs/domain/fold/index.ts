export { assignFolds, type Rows } from './assign-folds.js';
export { foldsText } from './folds-text.js';
