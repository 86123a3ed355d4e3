export { openFileTileStore, type FileTileStoreOptions } from './file-tile-store.js';
