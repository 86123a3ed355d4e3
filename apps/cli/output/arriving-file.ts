import { open, rename, rm, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { DomainError } from '#kernel';
import { diskFault } from '../disk-fault.js';

/** A file that has its name only when all of it has arrived; until then it is `<name>.part`, and gone when it never does. */
export interface ArrivingFile {
  readonly part: string;
  /** Opens it at the first piece: nothing is written before there is something. @throws OUT_UNWRITABLE, STORAGE_FULL */
  append(bytes: Uint8Array): Promise<void>;
  /** On disk whole, still without its name. @throws as `empty` says when nothing has come */
  end(): Promise<void>;
  rename(): Promise<void>;
  /** Takes away what did not get its name. */
  close(): Promise<void>;
}

export function arrivingFile(out: string, empty: () => Error): ArrivingFile {
  const part = `${out}.part`;
  let file: FileHandle | undefined;
  return {
    part,
    async append(bytes) {
      file ??= await openFor(part);
      await file.appendFile(bytes).catch(refused);
    },
    async end() {
      if (file === undefined) throw empty();
      await file.sync().catch(refused);
      await file.close().catch(refused);
    },
    rename: () => rename(part, out).catch(refused),
    async close() {
      await file?.close();
      await rm(part, { force: true });
    },
  };
}

function refused(error: unknown): never {
  throw diskFault(error);
}

async function openFor(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'w');
  } catch (cause) {
    const { code = '', message: text } = cause as NodeJS.ErrnoException;
    const message =
      code === 'ENOENT'
        ? `--out: there is no folder ${dirname(path)}; make it, or choose another`
        : `--out: ${text}`;
    throw new DomainError('invalid', 'OUT_UNWRITABLE', message, { cause });
  }
}
