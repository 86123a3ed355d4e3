import { openDatabase, serveThread } from '#sqlite';
import { openReader, streamNames } from './reader.js';
import type { ReadCall } from './rows.js';

serveThread((_notify, { path }: { readonly path: string }) => {
  const database = openDatabase(path, { readOnly: true });
  // History is read once and in order; what is read again is in the system's memory.
  database.exec('PRAGMA cache_size = -2048');
  const read = openReader(database);
  return {
    operations: { read: (call: never) => read(call as ReadCall), names: streamNames(database) },
    close: () => database.close(),
  };
});
