import { mkdir, readdir, realpath, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { systemChance, type Digest } from '#kernel';
import { parseTree, type Tree } from '#evidence';
import type { ArtifactStore } from '#artifact-store';
import { fileDigest } from '#sandbox';

export interface RestorePlaces {
  readonly artifacts: ArtifactStore;
  readonly environmentsDir: string;
}

const hexOf = (digest: Digest): string => digest.slice('sha256:'.length);
const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

/** The Node executable of a bundle, as a file that may be run. Undefined when the store does not hold it. */
export async function restoreNode(
  { artifacts, environmentsDir }: RestorePlaces,
  digest: Digest,
): Promise<string | undefined> {
  const path = join(environmentsDir, hexOf(digest), 'node');
  if (await isThere(path)) return path;
  if ((await artifacts.stat(digest)) === undefined) return undefined;
  await whole(join(environmentsDir, hexOf(digest)), async (folder) => {
    await artifacts.materialise(digest, join(folder, 'node'), { executable: true });
  });
  return path;
}

/** Whole, or not there: put together elsewhere and moved. Whoever is second throws its own away. */
async function whole(folder: string, make: (folder: string) => Promise<void>): Promise<void> {
  const half = `${folder}.${systemChance.uuid()}`;
  await mkdir(half, { recursive: true, mode: 0o755 });
  try {
    await make(half);
    await rename(half, folder).catch(async (error: unknown) => {
      if (!(await isThere(folder))) throw error;
    });
  } finally {
    await rm(half, { recursive: true, force: true });
  }
}

const largestTreeBytes = 64 * 2 ** 20;

/**
 * A venv of the packages of a bundle around an interpreter of this host that has the pinned digest: its standard library is the host's. Undefined
 * when the store does not hold the packages, or no such interpreter is found.
 */
export async function restorePython(
  { artifacts, environmentsDir }: RestorePlaces,
  pinned: { readonly interpreter: Digest; readonly packages: Digest },
): Promise<string | undefined> {
  const folder = join(environmentsDir, `${hexOf(pinned.packages)}-${hexOf(pinned.interpreter).slice(0, 16)}`);
  if (await isThere(folder)) return folder;
  if ((await artifacts.stat(pinned.packages)) === undefined) return undefined;
  const interpreter = await interpreterHere(pinned.interpreter);
  if (interpreter === undefined) return undefined;
  const packages = parseTree(await artifacts.read(pinned.packages, largestTreeBytes));
  // One root is the venv's own; more are the host's, which a venv of ours would see as its own.
  if (packages.entries.some(({ path }) => !path.startsWith('0/'))) return undefined;
  await whole(folder, (half) => makeVenv(half, interpreter, packages, artifacts));
  return folder;
}

async function makeVenv(
  folder: string,
  interpreter: string,
  packages: Tree,
  artifacts: ArtifactStore,
): Promise<void> {
  const version = basename(interpreter);
  await mkdir(join(folder, 'bin'));
  await symlink(interpreter, join(folder, 'bin', version));
  for (const name of ['python', 'python3']) await symlink(version, join(folder, 'bin', name));
  await writeFile(
    join(folder, 'pyvenv.cfg'),
    `home = ${dirname(interpreter)}\ninclude-system-site-packages = false\n`,
  );
  const root = join(folder, 'lib', version, 'site-packages');
  await mkdir(root, { recursive: true });
  for (const { path, digest, mode, target } of packages.entries) {
    const at = join(root, path.slice('0/'.length));
    await mkdir(dirname(at), { recursive: true });
    if (target === undefined) await artifacts.materialise(digest, at, { executable: mode === '100755' });
    else await symlink(target, at);
  }
}

/** Where a host usually has its interpreters, those of people included. */
async function interpreterHere(digest: Digest): Promise<string | undefined> {
  const folders = (process.env['PATH'] ?? '').split(':').filter(Boolean);
  const pyenv = join(process.env['PYENV_ROOT'] ?? join(process.env['HOME'] ?? '/root', '.pyenv'), 'versions');
  for (const version of await readdir(pyenv).catch(() => [])) folders.push(join(pyenv, version, 'bin'));
  for (const folder of [...folders, '/usr/bin', '/usr/local/bin'])
    for (const name of await readdir(folder).catch(() => [])) {
      if (!/^python3\.\d+$/.test(name)) continue;
      const path = await realpath(join(folder, name)).catch(() => undefined);
      if (path !== undefined && (await fileDigest(path).catch(() => undefined)) === digest) return path;
    }
  return undefined;
}
