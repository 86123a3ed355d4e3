import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Position } from '../event-store.js';
import { eventStoreContract } from '../testing/index.js';
import { openSqliteEventStore } from './index.js';

eventStoreContract('sqlite', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'holdfast-events-'));
  const path = join(dir, 'events.sqlite');
  const store = await openSqliteEventStore({ path });
  let present = store;
  return {
    store,
    connect: () => Promise.resolve(present),
    async reopen() {
      await present.close();
      present = await openSqliteEventStore({ path });
      return present;
    },
    beyond: (position) => String(Number(position) + 1_000_000) as Position,
    async dispose() {
      await present.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
});
