export { openLogTree } from './log-tree.js';
export { proveTogether } from './prove-events.js';
export { readTilesOf } from './read-tiles.js';
export { startSequencer, type Sequencer } from './sequencer.js';
