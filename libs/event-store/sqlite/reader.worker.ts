import { workerData } from 'node:worker_threads';
import { openDatabase, serveThread } from '#sqlite';
import { openReader } from './reader.js';
import type { ReadCall } from './rows.js';

const { path } = workerData as { path: string };

serveThread(() => {
  const database = openDatabase(path, { readOnly: true });
  const read = openReader(database);
  return {
    operations: { read: (call: never) => read(call as ReadCall) },
    close: () => database.close(),
  };
});
