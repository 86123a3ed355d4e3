import { openS3TileStore } from '#tile-store/s3';
import { tileStoreContract } from '#tile-store/testing';
import { sharedServer } from '../support/servers/index.js';
import { testBucket } from './s3-bucket.js';

tileStoreContract('s3', async () => {
  const bucket = await testBucket(sharedServer('s3'));
  const open = () => openS3TileStore({ ...bucket.options, prefix: `${bucket.options.prefix}log/` });
  const stores = [open()];
  return {
    store: stores[0]!,
    connect() {
      const store = open();
      stores.push(store);
      return Promise.resolve(store);
    },
    async dispose() {
      await Promise.all(stores.map((store) => store.close()));
      await bucket.remove();
    },
  };
});
