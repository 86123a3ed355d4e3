import { workerData } from 'node:worker_threads';
import { killAt } from '#kernel';
import { lockFor, openDatabase, serveThread, type DatabaseOptions } from '#sqlite';
import { createTables, openOperations } from './documents.js';

const { path, options, fault } = workerData as { path: string; options: DatabaseOptions; fault?: string };

serveThread(() => {
  const lock = lockFor(path);
  const database = openDatabase(path, { ...options, mirror: true });
  createTables(database);
  return {
    operations: openOperations(database, killAt(fault)) as unknown as Record<
      string,
      (payload: never) => unknown
    >,
    close() {
      database.close();
      lock.release();
    },
  };
});
