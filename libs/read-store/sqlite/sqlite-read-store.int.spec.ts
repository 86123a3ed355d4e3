import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readStoreContract } from '../testing/index.js';
import { openSqliteReadStore } from './index.js';

readStoreContract('sqlite', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'holdfast-views-'));
  const path = join(dir, 'views.sqlite');
  const store = await openSqliteReadStore({ path });
  let present = store;
  return {
    store,
    connect: () => Promise.resolve(present),
    async reopen() {
      await present.close();
      present = await openSqliteReadStore({ path });
      return present;
    },
    async dispose() {
      await present.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
});
