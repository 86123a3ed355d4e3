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

interface Opened {
  readonly path: string;
  readonly options: DatabaseOptions;
  readonly fault?: string;
}

/**
 * Pages in the log before they go to the file, 16 MiB: the same pages are written there once for many commits. What was
 * committed is on disk either way.
 */
const checkpointPages = 4000;
/** Where more wait, half of them go first: their callers go on while the other half is written. */
const wholeGroup = 32;

serveThread((_notify, { path, options, fault }: Opened) => {
  const lock = lockFor(path);
  const reach = killAt(fault) ?? (() => undefined);
  const database = openDatabase(path, options);
  // What a row refers to was looked up a moment ago, by this thread alone.
  database.exec(`PRAGMA wal_autocheckpoint = ${checkpointPages}; PRAGMA foreign_keys = OFF`);
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
   * Group commit: what waits goes to disk with one sync. A refused append writes nothing and does not touch the others;
   * when the disk refuses the whole group, each one is tried alone, so that the small ones may still fit.
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
    batch: {
      operation: 'append',
      fit: ({ length }) => Math.max(wholeGroup, Math.ceil(length / 2)),
      run: (calls) => appendAll(calls as readonly AppendCall[]),
    },
    close() {
      database.close();
      lock.release();
    },
  };
});
