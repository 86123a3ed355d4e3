import {
  chmodSync,
  closeSync,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

/** Small files that nobody would miss. What cannot be read is not there; what cannot be written is not kept. */
export interface CacheFolder {
  /** undefined also when anybody else could have written it. */
  read(name: string, nowMs: number): string | undefined;
  write(name: string, text: string): void;
  remove(name: string): void;
}

/** A file counts as used at most once in this time, so that using one is not writing to the disk. */
const usedEveryMs = 24 * 60 * 60 * 1000;

/** Whatever was not used for longest goes when all would be more than `mostBytes`. Processes may share it: a file is whole or not there. */
export function openCacheFolder(dir: string, mostBytes: number): CacheFolder {
  const user = process.getuid?.();
  return {
    read: (name, nowMs) =>
      orNothing(() => {
        const path = join(dir, name);
        const file = openSync(path, 'r');
        try {
          const { uid, mode, mtimeMs } = fstatSync(file);
          if (user !== undefined && (uid !== user || (mode & 0o022) !== 0)) return undefined;
          if (mtimeMs < nowMs - usedEveryMs) orNothing(() => utimesSync(path, nowMs / 1000, nowMs / 1000));
          return readFileSync(file, 'utf8');
        } finally {
          closeSync(file);
        }
      }),
    write(name, text) {
      orNothing(() => {
        mkdirSync(dir, { recursive: true, mode: 0o700 });
        const half = join(dir, `${name}.${process.pid}.half`);
        try {
          writeFileSync(half, text, { mode: 0o600 });
          chmodSync(half, 0o600);
          renameSync(half, join(dir, name));
        } catch (error) {
          rmSync(half, { force: true });
          throw error;
        }
        makeRoom();
      });
    },
    remove(name) {
      orNothing(() => rmSync(join(dir, name), { force: true }));
    },
  };

  function makeRoom(): void {
    const files = readdirSync(dir).flatMap((name) => {
      const path = join(dir, name);
      const stat = statSync(path, { throwIfNoEntry: false });
      return stat?.isFile() ? [{ path, sizeBytes: stat.size, usedAtMs: stat.mtimeMs }] : [];
    });
    let bytes = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    for (const { path, sizeBytes } of files.sort((a, b) => a.usedAtMs - b.usedAtMs)) {
      if (bytes <= mostBytes) return;
      rmSync(path, { force: true });
      bytes -= sizeBytes;
    }
  }
}

/** A cache that fails is a cache that knows nothing. */
function orNothing<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
