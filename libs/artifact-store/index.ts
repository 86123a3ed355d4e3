export type {
  ArtifactStore,
  BlobRange,
  BlobStat,
  GetOptions,
  PutOptions,
  StoredBlob,
} from './artifact-store.js';
