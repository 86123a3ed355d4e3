import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { makeFolders } from '#disk';
import { DomainError } from '#kernel';

const busy = 5;

/**
 * Holds `path` for this process as long as it lives: an exclusive SQLite lock on a file beside it, which the system
 * drops when the process dies, however it dies. So there is no stale lock; the pid is written down for the message only.
 * @throws STORE_IN_USE at once, with facts `{pid}` when the holder is known
 */
export function lockFor(path: string): { release(): void } {
  makeFolders(dirname(path));
  const pidFile = `${path}.pid`;
  const lock = new DatabaseSync(`${path}.lock`);
  try {
    lock.exec('PRAGMA busy_timeout = 0; BEGIN EXCLUSIVE');
    writeFileSync(pidFile, `${process.pid}\n`);
  } catch (error) {
    lock.close();
    if (((error as { errcode?: number }).errcode ?? 0) % 256 !== busy) throw error;
    throw inUse(path, holder(pidFile));
  }
  return {
    release() {
      // While the lock is still held: afterwards the file may be another process's.
      rmSync(pidFile, { force: true });
      lock.close();
    },
  };
}

function inUse(path: string, pid: number | undefined): DomainError {
  const who = pid === undefined ? 'another process' : `process ${pid}`;
  return new DomainError(
    'unavailable',
    'STORE_IN_USE',
    `${path} is in use by ${who}; end it or choose another folder`,
    { facts: pid === undefined ? {} : { pid } },
  );
}

/** Undefined when the file is from a process that is gone: the present holder is about to write it. */
function holder(pidFile: string): number | undefined {
  try {
    const pid = Number(readFileSync(pidFile, 'utf8'));
    return Number.isSafeInteger(pid) && pid > 0 && isAlive(pid) ? pid : undefined;
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
