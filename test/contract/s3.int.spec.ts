import { openS3ArtifactStore } from '#artifact-store/s3';
import { artifactStoreContract, damaged } from '#artifact-store/testing';
import { sharedServer } from '../support/servers/index.js';
import { testBucket } from './s3-bucket.js';

artifactStoreContract('s3', async () => {
  const bucket = await testBucket(sharedServer('s3'));
  const stores = [await openS3ArtifactStore(bucket.options)];
  return {
    store: stores[0]!,
    async connect() {
      const store = await openS3ArtifactStore(bucket.options);
      stores.push(store);
      return store;
    },
    damage: async (digest, how) => bucket.overwrite(digest, damaged(await bucket.bytesOf(digest), how)),
    leftovers: () => bucket.leftovers(),
    async dispose() {
      await Promise.all(stores.map((store) => store.close()));
      await bucket.remove();
    },
  };
});
