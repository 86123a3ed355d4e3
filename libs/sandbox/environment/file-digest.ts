import { createReadStream, type BigIntStats } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { Digest } from '#kernel';
import { digestStream } from '#evidence';

/** By path; an entry counts while the kernel's change time says that the file is the same. */
const known = new Map<string, { readonly identity: string; readonly digest: Digest }>();

/** Tells one state of a file from every other as long as nobody sets the clock back. */
export const identityOf = ({ dev, ino, mode, size, mtimeNs, ctimeNs }: BigIntStats): string =>
  [dev, ino, mode, size, mtimeNs, ctimeNs].join(' ');

/** SHA-256 of a file, links followed; computed once per process while the file stays the same. */
export async function fileDigest(path: string): Promise<Digest> {
  const identity = identityOf(await stat(path, { bigint: true }));
  const cached = known.get(path);
  if (cached?.identity === identity) return cached.digest;
  const { digest } = await digestStream(createReadStream(path, { highWaterMark: 256 * 1024 }));
  known.set(path, { identity, digest });
  return digest;
}
