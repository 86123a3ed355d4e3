import { readStoreContract } from '#read-store/testing';
import { newDatabase } from './mongodb-database.js';

readStoreContract('mongodb', async () => {
  const database = newDatabase();
  const store = await database.open();
  return {
    store,
    connect: () => database.open(),
    async reopen() {
      await database.close();
      return database.open();
    },
    async dispose() {
      await database.close();
      await database.drop();
    },
  };
});
