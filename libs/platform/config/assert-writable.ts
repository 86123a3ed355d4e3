import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { probeFolder } from '#disk';
import { DomainError } from '#kernel';
import type { Log } from '../log/log.js';
import { placesOf, type Place, type ServiceConfig } from './service-config.js';

const refused = new Set(['EROFS', 'EACCES', 'EPERM']);
const none = new Set(['ENOENT', 'ENOTDIR', 'ELOOP']);

/**
 * A place of evidence that is a folder, tried at start: otherwise what is wrong with it shows only when something is to be kept there. Nothing is made.
 * Beside others on the same events a service may be there to read what they write: then it is told, and goes on.
 * @throws STORAGE_MISSING, STORAGE_READ_ONLY, STORAGE_FAULT, naming the setting
 */
export function assertWritable(
  setting: string,
  { engine, at }: Place,
  { config, log }: { readonly config: ServiceConfig; readonly log: Pick<Log, 'warn'> },
): void {
  if (engine !== 'file') return;
  try {
    probeFolder(at);
  } catch (error) {
    const fault = faultOf(setting, resolve(at), error);
    const isShared = placesOf(config).eventStore.engine !== 'sqlite';
    if (!isShared || fault.code !== 'STORAGE_READ_ONLY' || !existsSync(at)) throw fault;
    log.warn(`${fault.message}; it only reads what others write there`);
  }
}

function faultOf(setting: string, path: string, cause: unknown): DomainError {
  const { code = '' } = cause as NodeJS.ErrnoException;
  const failed = (name: string, what: string) =>
    new DomainError('unavailable', name, `${setting}: ${path} ${what}`, { cause });
  if (refused.has(code))
    return failed(
      'STORAGE_READ_ONLY',
      `cannot be written (${code}); let this user write there, or name another folder`,
    );
  if (none.has(code))
    return failed('STORAGE_MISSING', `is no folder, and cannot be made one (${code}); name another`);
  return failed('STORAGE_FAULT', `cannot be written (${code}); see to the disk, or name another folder`);
}
