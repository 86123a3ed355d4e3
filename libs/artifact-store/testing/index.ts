export { artifactStoreContract } from './artifact-store.contract.js';
export type { ArtifactStoreUnderTest, Damage } from './under-test.js';
