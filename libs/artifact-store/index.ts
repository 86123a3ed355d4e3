export type { ArtifactStore, BlobRange, BlobStat, PutOptions } from './artifact-store.js';
