import { DomainError } from '#kernel';
import { maxFileBytes } from './tile-store.js';

const pathPattern = /^[a-z0-9][a-z0-9.-]*(\/[a-z0-9][a-z0-9.-]*)*$/;

/** @throws LOG_PATH_INVALID */
export function checkPath(path: string): string {
  if (pathPattern.test(path) && path.length <= 200) return path;
  const message = `${JSON.stringify(path.slice(0, 100))} is no path in a log`;
  throw new DomainError('invalid', 'LOG_PATH_INVALID', message);
}

/** @throws LOG_FILE_TOO_LONG */
export function checkLength(path: string, length: number): void {
  if (length <= maxFileBytes) return;
  const message = `${path} of the log has ${length} bytes, at most ${maxFileBytes}: it is none of its files`;
  throw new DomainError('integrity', 'LOG_FILE_TOO_LONG', message);
}

/** @throws LOG_FILE_CHANGED */
export function checkUnchanged(
  path: string,
  found: Uint8Array | undefined,
  before: Uint8Array | undefined,
): void {
  const same =
    found === undefined || before === undefined ? found === before : Buffer.compare(found, before) === 0;
  if (!same) throw changed(path);
}

export const changed = (path: string): DomainError =>
  new DomainError('conflict', 'LOG_FILE_CHANGED', `${path} of the log was written by another instance`);
