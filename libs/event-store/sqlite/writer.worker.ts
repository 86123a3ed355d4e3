import { workerData } from 'node:worker_threads';
import { killAt } from '#kernel';
import { lockFor, openDatabase, serveThread, inTransaction, type DatabaseOptions } from '#sqlite';
import { createTables } from './schema.js';
import { openAppender } from './appender.js';
import type { AppendCall } from './rows.js';

const { path, options, fault } = workerData as { path: string; options: DatabaseOptions; fault?: string };

serveThread((notify) => {
  const lock = lockFor(path);
  const reach = killAt(fault) ?? (() => undefined);
  const database = openDatabase(path, options);
  createTables(database);
  const appender = openAppender(database);
  const head = () => appender.head();

  /** Group commit: everything that waits goes to disk with one sync; a refused append does not touch the others. */
  function appendAll(calls: readonly AppendCall[]): readonly (() => unknown)[] {
    try {
      const results = inTransaction(database, () => {
        const done = calls.map((call) => appender.append(call));
        reach('event-store:before-commit');
        return done;
      });
      reach('event-store:after-commit');
      notify(head());
      return results;
    } catch (error) {
      appender.forget();
      return calls.map(() => () => {
        throw error;
      });
    }
  }

  return {
    operations: { head },
    batch: { operation: 'append', run: (calls) => appendAll(calls as readonly AppendCall[]) },
    close() {
      database.close();
      lock.release();
    },
  };
});
