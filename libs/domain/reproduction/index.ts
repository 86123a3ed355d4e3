export { reproduction, type ReproductionCommand, type ReproductionState } from './decide.js';
export { maxDifferences, type ReproductionEvent } from './events.js';
