export { openLogTree } from './log-tree.js';
export { readTilesOf } from './read-tiles.js';
export { startSequencer, type Sequencer } from './sequencer.js';
