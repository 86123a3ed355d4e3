import { lstat, realpath } from 'node:fs/promises';
import type { Digest, Problem } from '#kernel';
import type { DigestCache } from './digest-cache.js';
import { stateOf } from './found-file.js';
import { hashFiles, type HashOptions } from './hash-files.js';
import { hashProblem } from './hash-tree.js';
import type { Hashed } from './read-digest.js';

export interface HashedFile {
  readonly digest: Digest;
  readonly sizeBytes: number;
  /** Where the bytes are, links followed. */
  readonly at: string;
}

/** Hashes one file, links followed; why it cannot be, when it cannot. */
export async function hashFile(
  path: string,
  options: HashOptions & { readonly cache?: DigestCache } = {},
): Promise<{ readonly hashed?: HashedFile; readonly problem?: Problem }> {
  const at = await realpath(path).catch(() => undefined);
  const stat = at === undefined ? undefined : await lstat(at, { bigint: true }).catch(() => undefined);
  if (at === undefined || stat === undefined || !stat.isFile()) {
    const message = stat === undefined ? 'there is no such file' : 'is not a file';
    return {
      problem: { code: 'FILE_MISSING', field: '', message, found: path, fix: 'name a file that is there' },
    };
  }
  const sizeBytes = Number(stat.size);
  const state = stateOf(stat);
  const known = options.cache?.below(at);
  const remembered = known?.digestOf('', state);
  if (remembered !== undefined) return { hashed: { digest: remembered, sizeBytes, at } };
  const [result] = await hashFiles([{ at, sizeBytes, ...state }], options);
  const hashed = result as Hashed;
  if ('failed' in hashed) return { problem: hashProblem('', hashed) };
  known?.replace([{ path: '', ...state, digest: hashed.digest }]);
  return { hashed: { digest: hashed.digest, sizeBytes, at } };
}
