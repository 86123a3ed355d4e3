export { artifactStoreContract } from './artifact-store.contract.js';
export { damaged, damageOnDisk, digestsOnDisk, storedLongAgo, wreckInPack } from './on-disk.js';
export type { ArtifactStoreUnderTest, Damage } from './under-test.js';
