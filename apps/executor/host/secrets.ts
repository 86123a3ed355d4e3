import { open, realpath } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { pathProblem } from '#evidence';

export interface SecretReference {
  /** `store:path` */
  readonly reference: string;
  readonly version: string;
}

const longestBytes = 64 * 1024;

/** As people write it. */
export const writtenSecret = ({ reference, version }: SecretReference): string => `${reference}@${version}`;

/**
 * Reads one secret of this host: `vault:research/api` in version `3` is the file `vault/research/api@3` below the folder. Links are
 * followed only within it. One line break at the end is not part of the value.
 * @returns the value, or why there is none, in words that hold nothing of it
 */
export async function readSecret(
  dir: string | undefined,
  secret: SecretReference,
): Promise<{ readonly value: string } | { readonly missing: string }> {
  if (dir === undefined)
    return { missing: 'this executor has no folder of secrets; set HOLDFAST_SECRETS_DIR' };
  const path = writtenSecret(secret).replace(':', '/');
  if (pathProblem(path) !== undefined)
    return { missing: 'its reference is no path within the folder of secrets' };
  try {
    const root = await realpath(dir);
    const place = await realpath(join(root, path));
    if (!place.startsWith(root + sep))
      return { missing: 'its file is a link that leads out of the folder of secrets' };
    return await read(place);
  } catch {
    return { missing: `there is no file ${path} that can be read in the folder of secrets` };
  }
}

async function read(place: string): Promise<{ readonly value: string } | { readonly missing: string }> {
  const file = await open(place, 'r');
  try {
    const { size } = await file.stat();
    if (size > longestBytes) return { missing: `its file has more than ${longestBytes} bytes` };
    const value = (await file.readFile('utf8')).replace(/\r?\n$/, '');
    if (value === '') return { missing: 'its file is empty' };
    if (value.includes('\0') || value.includes('\ufffd')) return { missing: 'its file is no text' };
    return { value };
  } finally {
    await file.close();
  }
}
