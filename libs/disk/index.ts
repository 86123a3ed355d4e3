export { makeFolders } from './make-folders.js';
export { syncPath } from './sync-path.js';
