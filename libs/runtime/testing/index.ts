export { foldToGolden, goldenBeside } from './golden.js';
export { folded, written } from './history.js';
