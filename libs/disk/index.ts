export { makeFolders } from './make-folders.js';
export { probeFolder } from './probe-folder.js';
export { syncPath } from './sync-path.js';
