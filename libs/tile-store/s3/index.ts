export { openS3TileStore, type S3TileStoreOptions } from './s3-tile-store.js';
