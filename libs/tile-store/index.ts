export { maxFileBytes, type LogFile, type TileStore } from './tile-store.js';
