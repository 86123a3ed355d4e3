import { chmodSync, createReadStream, linkSync, lstatSync, rmSync, unlinkSync } from 'node:fs';
import type { Digest } from '#kernel';
import { digestStream } from '#evidence';
import { identityOf } from '#evidence/files';

/** A verified file of the cache. Each step that reads it has another name for it in its folder. */
export interface KeptFile {
  readonly sizeBytes: number;
  /** Whether its bytes, mode and owner are what they were: by identity, and by hash when that has moved, or when `afresh`. */
  isIntact(afresh?: boolean): Promise<boolean>;
  /** Gives it another name; false where the file system does not. */
  link(path: string): boolean;
  /** Whether a name leads to it, and it is intact. */
  isIntactAt(path: string): Promise<boolean>;
  unlink(path: string): void;
  remove(): void;
}

/**
 * What the kernel tells of a file moves with every name that it gets or loses, so each of those is done, and looked at, in one go:
 * nothing else of this server comes in between.
 * @param path of a file that has just been verified
 */
export function keptFile(path: string, digest: Digest, executable: boolean): KeptFile {
  chmodSync(path, executable ? 0o555 : 0o444);
  const content = contentAt(path);
  let identity = identityAt(path);
  /** A file that had moved before stays known as moved. */
  const keepingTrack = (change: () => void) => {
    const wasRight = identityAt(path) === identity;
    change();
    if (wasRight) identity = identityAt(path);
  };

  const isIntact = async (afresh = false): Promise<boolean> => {
    if (!afresh && identityAt(path) === identity) return true;
    if (contentAt(path) !== content) return false;
    const read = await digestStream(createReadStream(path)).catch(() => undefined);
    if (read?.digest !== digest || contentAt(path) !== content) return false;
    identity = identityAt(path);
    return true;
  };

  return {
    sizeBytes: lstatSync(path).size,
    isIntact,
    link(at) {
      try {
        keepingTrack(() => linkSync(path, at));
        return true;
      } catch {
        return false;
      }
    },
    isIntactAt: async (at) => identityAt(at) === identityAt(path) && isIntact(),
    unlink(at) {
      try {
        keepingTrack(() => unlinkSync(at));
      } catch {
        // The name is gone already: then the file is seen to have moved.
      }
    },
    remove: () => rmSync(path, { force: true }),
  };
}

function identityAt(path: string): string | undefined {
  const stat = lstatSync(path, { bigint: true, throwIfNoEntry: false });
  return stat && identityOf(stat);
}

/** What neither another name nor reading moves, and a write to another size, another owner or mode does. */
function contentAt(path: string): string | undefined {
  const stat = lstatSync(path, { bigint: true, throwIfNoEntry: false });
  return stat && [stat.dev, stat.ino, stat.mode, stat.uid, stat.size, stat.mtimeNs].join(' ');
}
