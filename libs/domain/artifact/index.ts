export { artifact, artifactStream, type ArtifactCommand, type ArtifactState } from './decide.js';
export { maxDigests, type ArtifactEvent, type CollectionResult, type ScrubResult } from './events.js';
