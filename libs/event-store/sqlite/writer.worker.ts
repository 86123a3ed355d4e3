import { workerData } from 'node:worker_threads';
import { killAt } from '#kernel';
import {
  ensureFormat,
  inTransaction,
  lockFor,
  openDatabase,
  serveThread,
  type DatabaseOptions,
} from '#sqlite';
import { openAppender, type Outcome } from './appender.js';
import { format } from './schema.js';
import type { AppendCall } from './rows.js';

const { path, options, fault } = workerData as { path: string; options: DatabaseOptions; fault?: string };

serveThread(() => {
  const lock = lockFor(path);
  const reach = killAt(fault) ?? (() => undefined);
  const database = openDatabase(path, options);
  ensureFormat(database, format);
  const appender = openAppender(database);

  function commit(calls: readonly AppendCall[]): Outcome[] {
    const outcomes = inTransaction(database, () => {
      const done = calls.map((call) => appender.append(call));
      reach('event-store:before-commit');
      return done;
    });
    reach('event-store:after-commit');
    return outcomes;
  }

  /**
   * Group commit: everything that waits goes to disk with one sync. A refused append writes nothing and does not touch
   * the others; when the disk refuses the whole group, each one is tried alone, so that the small ones may still fit.
   */
  function appendAll(calls: readonly AppendCall[]): readonly (() => unknown)[] {
    try {
      return commit(calls).map((outcome) => () => {
        if ('refused' in outcome) throw outcome.refused;
        return outcome.appended;
      });
    } catch (error) {
      appender.forget();
      if (calls.length > 1) return calls.flatMap((call) => appendAll([call]));
      return [
        () => {
          throw error;
        },
      ];
    }
  }

  return {
    operations: { head: () => appender.head() },
    batch: { operation: 'append', run: (calls) => appendAll(calls as readonly AppendCall[]) },
    close() {
      database.close();
      lock.release();
    },
  };
});
