import { DatabaseSync } from 'node:sqlite';
import { workerData } from 'node:worker_threads';

// Nothing else is imported: this thread starts again and again. SQLite syncs the log and the database by itself.
const database = new DatabaseSync((workerData as { readonly path: string }).path);
database.exec('PRAGMA busy_timeout = 2000; PRAGMA synchronous = FULL; PRAGMA wal_checkpoint(PASSIVE)');
database.close();
