import { mkdirSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { isDomainError, type Clock, type Digest } from '#kernel';
import type { ArtifactStore } from '#artifact-store';
import { removeFolder } from '../folder/remove-folder.js';
import { keptFile, type KeptFile } from './kept-file.js';

/** Verified copies of large inputs, so that a step that reads what another has read need not wait for them. */
export interface InputCache {
  /** For one step, which must run where it cannot write to files of this server. */
  lend(): Loan;
  /** Nothing may be lent any more. */
  close(): Promise<void>;
}

/** What one step has of the cache. */
export interface Loan {
  /**
   * Puts a blob at a path, verified and read-only. False when it has to be copied there: it does not fit, the step has it
   * already under another name, or the file system knows no further names. One after another.
   * @throws what the artifact store throws
   */
  place(blob: Placed, path: string): Promise<boolean>;
  has(path: string): boolean;
  /** Paths that do not lead to what was put there any more. */
  broken(): Promise<string[]>;
  /** Takes the names away again; before the folder that they are in. */
  giveBack(): void;
}

export interface Placed {
  readonly digest: Digest;
  readonly sizeBytes: number;
  readonly executable: boolean;
}

interface Entry {
  readonly key: string;
  /** Reserved at first, then what it is. */
  sizeBytes: number;
  /** Steps that have it; while there are any it stays. */
  users: number;
  verifiedAtMs: number;
  readonly file: Promise<KeptFile>;
}

/** After this long the bytes are read again before a step is given them: what a disk forgets, nothing else tells. */
const trustMs = 60 * 60 * 1000;
const mostFiles = 100_000;

/** What a cache may have of the file system of a folder, which may be small, or be memory. */
export async function quarterOfDisk(dir: string): Promise<number> {
  const { blocks, bsize } = await statfs(dir);
  return Math.floor((blocks * bsize) / 4);
}

/** @param dir belongs to this cache alone; made when it is first needed, removed with it */
export function openInputCache(
  dir: string,
  store: Pick<ArtifactStore, 'materialise'>,
  clock: Pick<Clock, 'monotonicMs'>,
  mostBytes: number,
): InputCache {
  /** Least recently used first. */
  const entries = new Map<string, Entry>();
  let [bytes, made] = [0, 0];

  const forget = (entry: Entry) => {
    if (entries.get(entry.key) !== entry) return;
    entries.delete(entry.key);
    bytes -= entry.sizeBytes;
    // Steps that have it keep their names for it.
    entry.file.then((file) => file.remove()).catch(() => undefined);
  };
  const makeRoom = (sizeBytes: number): boolean => {
    for (const entry of entries.values()) {
      if (bytes + sizeBytes <= mostBytes && entries.size < mostFiles) return true;
      if (entry.users === 0) forget(entry);
    }
    return bytes + sizeBytes <= mostBytes && entries.size < mostFiles;
  };

  async function fetch({ digest, executable }: Placed): Promise<KeptFile> {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    const path = join(dir, String(made++));
    await store.materialise(digest, path, { executable });
    return keptFile(path, digest, executable);
  }

  /** Marks it as used before anything is waited for, so that it cannot go meanwhile. */
  function take(blob: Placed): Entry | undefined {
    const key = `${blob.digest} ${blob.executable}`;
    const known = entries.get(key);
    if (known === undefined && !makeRoom(blob.sizeBytes)) return undefined;
    const entry = known ?? add(key, blob);
    entries.delete(key);
    entries.set(key, entry);
    entry.users += 1;
    return entry;
  }
  function add(key: string, blob: Placed): Entry {
    const { sizeBytes } = blob;
    const entry: Entry = { key, sizeBytes, users: 0, verifiedAtMs: clock.monotonicMs(), file: fetch(blob) };
    entries.set(key, entry);
    bytes += sizeBytes;
    const settle = (file: KeptFile) => {
      // The size was somebody's word.
      bytes += file.sizeBytes - entry.sizeBytes;
      entry.sizeBytes = file.sizeBytes;
    };
    entry.file.then(settle, () => forget(entry));
    return entry;
  }

  /** The file, with the bytes it must have; undefined when it was damaged, and then it is out of the cache. */
  async function sound(entry: Entry): Promise<KeptFile | undefined> {
    const file = await entry.file;
    const trusted = clock.monotonicMs() - entry.verifiedAtMs < trustMs;
    if (await file.isIntact(!trusted)) {
      if (!trusted) entry.verifiedAtMs = clock.monotonicMs();
      return file;
    }
    forget(entry);
    return undefined;
  }

  function lend(): Loan {
    const lent = new Map<string, { readonly entry: Entry; readonly file: KeptFile }>();
    const digests = new Set<Digest>();

    const link = async (entry: Entry, path: string): Promise<'linked' | 'damaged' | 'impossible'> => {
      let linked = false;
      try {
        const file = await sound(entry);
        if (file === undefined) return 'damaged';
        linked = file.link(path);
        if (linked) lent.set(path, { entry, file });
        return linked ? 'linked' : 'impossible';
      } finally {
        if (!linked) entry.users -= 1;
      }
    };

    return {
      async place(blob, path) {
        // Two names of one file in one folder would be seen as such, by `tar` for one.
        if (digests.has(blob.digest)) return false;
        for (;;) {
          const entry = take(blob);
          if (entry === undefined) return false;
          try {
            const done = await link(entry, path);
            if (done === 'linked') digests.add(blob.digest);
            if (done !== 'damaged') return done === 'linked';
          } catch (error) {
            if (!isDomainError(error) || error.code !== 'STORAGE_FULL') throw error;
            // With what nobody reads out of the way there may be room for a copy.
            makeRoom(mostBytes);
            return false;
          }
        }
      },
      has: (path) => lent.has(path),
      async broken() {
        const paths: string[] = [];
        for (const [path, { file }] of lent) if (!(await file.isIntactAt(path))) paths.push(path);
        return paths;
      },
      giveBack() {
        for (const [path, { entry, file }] of lent) {
          file.unlink(path);
          entry.users -= 1;
        }
        lent.clear();
      },
    };
  }

  return {
    lend,
    async close() {
      entries.clear();
      await removeFolder(dir);
    },
  };
}
