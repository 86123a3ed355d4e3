export { openLogTree } from './log-tree.js';
export { proveTogether } from './prove-together.js';
export { readTilesOf } from './read-tiles.js';
export { startSequencer, type Sequencer } from './sequencer.js';
