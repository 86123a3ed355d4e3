import { readFileSync, writeFileSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { DomainError } from '#kernel';
import { openDatabase } from './database.js';

/**
 * Holds `path` for this process as long as it lives: an exclusive SQLite lock on a file beside it, which the system
 * drops when the process dies, however it dies. The holder's pid is written down for the message only.
 * @throws STORE_IN_USE with facts `{pid}`
 */
export function lockFor(path: string): { release(): void } {
  const pidFile = `${path}.pid`;
  let lock: DatabaseSync | undefined;
  try {
    lock = openDatabase(`${path}.lock`);
    lock.exec('PRAGMA busy_timeout = 0; PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE');
  } catch (error) {
    lock?.close();
    if (((error as { errcode?: number }).errcode ?? 0) % 256 !== 5) throw error;
    const pid = holder(pidFile);
    const who = pid === undefined ? 'another process' : `process ${pid}`;
    throw new DomainError(
      'unavailable',
      'STORE_IN_USE',
      `${path} is in use by ${who}; end it or choose another folder`,
      {
        facts: pid === undefined ? {} : { pid },
      },
    );
  }
  writeFileSync(pidFile, `${process.pid}\n`);
  return { release: () => lock.close() };
}

function holder(pidFile: string): number | undefined {
  try {
    const pid = Number(readFileSync(pidFile, 'utf8'));
    return Number.isSafeInteger(pid) ? pid : undefined;
  } catch {
    return undefined;
  }
}
