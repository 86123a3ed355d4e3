import { open } from 'node:fs/promises';
import type { DomainError } from '#kernel';
import { toDomainError } from '#sqlite';

/** What of a pack's log is on disk, and how to bring the rest there. */
export interface LogSync {
  isDurable(place: number): boolean;
  /** Resolves when everything is on disk that was committed before the call, by whomever. */
  settle(): Promise<void>;
  close(): Promise<void>;
}

/** Brings a file to the disk; tests put their own in its place. */
export type Datasync = (file: { datasync(): Promise<void> }) => Promise<void>;

/**
 * SQLite appends a commit to its log and, set to `synchronous=NORMAL`, leaves the sync to us: one for many commits, in the thread pool.
 * @param lastPlace the highest place that was ever written; places are never used twice
 */
export async function openLogSync(
  path: string,
  lastPlace: () => number,
  datasync: Datasync = (file) => file.datasync(),
): Promise<LogSync> {
  // SQLite removes its log when the last client goes, so this stays the log as long as we are one.
  const log = await open(path, 'r');
  let durable = 0;
  let syncing: Promise<void> | undefined;
  let failed: DomainError | undefined;

  async function sync(upTo: number): Promise<void> {
    try {
      await datasync(log);
      durable = upTo;
    } catch (error) {
      // The system forgets what it could not write; asked again it would say that all is well.
      failed = toDomainError(error);
    } finally {
      syncing = undefined;
    }
  }

  return {
    isDurable: (place) => place <= durable,
    async settle() {
      const upTo = lastPlace();
      // One that is under way may have begun too early; the next is for all that wait now.
      while (upTo > durable && !failed) await (syncing ??= sync(lastPlace()));
      if (failed) throw failed;
    },
    close: () => log.close(),
  };
}
