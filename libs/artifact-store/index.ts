export type { ArtifactStore, BlobRange, BlobStat, PutOptions, StoredBlob } from './artifact-store.js';
