export { openFileArtifactStore, type FileArtifactStoreOptions } from './file-artifact-store.js';
