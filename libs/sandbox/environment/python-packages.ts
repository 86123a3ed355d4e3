import { lstat, readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Digest } from '#kernel';
import { digestBytes, treeDigest, treeOf, type Tree, type TreeEntry } from '#evidence';
import { identityOf } from '#evidence/files';
import { fileDigest } from './file-digest.js';
import { isSettled } from './file-fact.js';

/** Written by installers, with paths and times of this one installation; no interpreter reads them to run code. */
const bookkeeping = new Set(['RECORD', 'INSTALLER', 'REQUESTED', 'direct_url.json', 'uv_cache.json']);
const isLeftOut = (folder: string, name: string): boolean =>
  name === '__pycache__' || name.endsWith('.pyc') || (folder.endsWith('.dist-info') && bookkeeping.has(name));

const known = new Map<string, { readonly signature: Digest; readonly digest: Digest }>();
const parallel = 8;

/**
 * Tree digest of installed packages: every file that Python could import or read, without bytecode caches and installers'
 * bookkeeping. Nothing is hashed again while no file's change time has moved.
 */
export async function packagesDigest(roots: readonly string[]): Promise<Digest> {
  const files: { readonly at: string; readonly path: string; readonly identity: string }[] = [];
  let settled = true;
  for await (const { at, path } of filesOf(roots)) {
    const stats = await lstat(at, { bigint: true });
    settled &&= isSettled(stats);
    files.push({ at, path, identity: identityOf(stats) });
  }
  files.sort((a, b) => (a.path < b.path ? -1 : 1));
  const signature = digestBytes(files.map(({ path, identity }) => `${path}\0${identity}\n`).join(''));
  const key = roots.join('\0');
  const cached = known.get(key);
  if (cached?.signature === signature) return cached.digest;

  const entries: TreeEntry[] = [];
  const queue = files.values();
  const work = async (): Promise<void> => {
    for (const { at, path } of queue) entries.push(await entryOf(at, path));
  };
  await Promise.all(Array.from({ length: parallel }, work));
  const digest = treeDigest(treeOf(entries));
  if (settled) known.set(key, { signature, digest });
  return digest;
}

/** The same files with their list, for who takes them along; `digest` is that of {@link packagesDigest}. */
export async function packageFiles(roots: readonly string[]): Promise<PackageFiles> {
  const files: { at: string; entry: TreeEntry }[] = [];
  for await (const { at, path } of filesOf(roots)) files.push({ at, entry: await entryOf(at, path) });
  const tree = treeOf(files.map(({ entry }) => entry));
  return { digest: treeDigest(tree), tree, files };
}

export interface PackageFiles {
  readonly digest: Digest;
  readonly tree: Tree;
  readonly files: readonly { readonly at: string; readonly entry: TreeEntry }[];
}

async function* filesOf(roots: readonly string[]) {
  for (const [index, root] of roots.entries()) yield* walk(root, `${index}`);
}

async function entryOf(at: string, path: string): Promise<TreeEntry> {
  const { size, mode } = await lstat(at);
  if ((mode & 0o170000) === 0o120000) {
    const target = await readlink(at);
    return {
      path,
      sizeBytes: Buffer.byteLength(target),
      digest: digestBytes(target),
      mode: '120000',
      target,
    };
  }
  return { path, sizeBytes: size, digest: await fileDigest(at), mode: mode & 0o100 ? '100755' : '100644' };
}

async function* walk(
  root: string,
  path: string,
): AsyncGenerator<{ readonly at: string; readonly path: string }> {
  for (const entry of await readdir(root, { withFileTypes: true })) {
    if (isLeftOut(root, entry.name)) continue;
    const [at, below] = [join(root, entry.name), `${path}/${entry.name}`];
    if (entry.isDirectory()) yield* walk(at, below);
    else if (entry.isFile() || entry.isSymbolicLink()) yield { at, path: below };
  }
}

/** `name==version` of every distribution, sorted. */
export async function packageList(roots: readonly string[]): Promise<string[]> {
  const names = (await Promise.all(roots.map((root) => readdir(root)))).flat();
  return names
    .flatMap((name) => {
      const [, distribution, version] = /^(.+?)-([^-]+)\.(?:dist|egg)-info$/.exec(name) ?? [];
      return distribution === undefined
        ? []
        : [`${distribution.toLowerCase().replaceAll('_', '-')}==${version}`];
    })
    .sort();
}
