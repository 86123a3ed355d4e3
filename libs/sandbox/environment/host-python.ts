import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { DomainError, type Digest } from '#kernel';
import type { FoundEnvironment, Mount } from './environment.js';
import { fileDigest } from './file-digest.js';
import { packageFiles, packageList, packagesDigest, type PackageFiles } from './python-packages.js';

/** What pins a Python environment on a host. */
export interface HostPython {
  /** Digest of the interpreter's executable, links followed. */
  readonly interpreter: Digest;
  /** Digest of the tree of installed packages; see {@link packagesDigest} for what counts. */
  readonly packages: Digest;
  /** Digest of the lock file, when one was named. */
  readonly lock?: Digest;
  readonly interpreterPath: string;
  /** Such as `3.12`, from the folder of its packages. */
  readonly version: string;
  /** `name==version`, sorted. */
  readonly installed: readonly string[];
}

/** @throws ENVIRONMENT_NOT_FOUND when the folder is no venv */
export async function hostPythonEnvironment(
  venvDir: string,
  options: { readonly lockFile?: string } = {},
): Promise<HostPython> {
  const { interpreterPath, roots, version } = await locate(venvDir);
  const [interpreter, packages, installed] = await Promise.all([
    fileDigest(interpreterPath),
    packagesDigest(roots),
    packageList(roots),
  ]);
  const { lockFile } = options;
  const lock = lockFile === undefined ? {} : { lock: await fileDigest(lockFile) };
  return { interpreter, packages, ...lock, interpreterPath, version, installed };
}

/** The packages of a venv, file by file. @throws ENVIRONMENT_NOT_FOUND */
export const pythonPackageFiles = async (venvDir: string): Promise<PackageFiles> =>
  packageFiles((await locate(venvDir)).roots);

export async function findHostPython(venvDir: string): Promise<FoundEnvironment> {
  const { interpreterPath, home, roots } = await locate(venvDir);
  const bases = [dirname(dirname(interpreterPath)), dirname(home)];
  const sources = new Set([await realpath(venvDir), venvDir, ...bases, ...roots]);
  const mounts = [...sources].filter(isOutsideSystem).map((path): Mount => ({ source: path, target: path }));
  return { binDir: join(venvDir, 'bin'), mounts: withoutNested(mounts), innerBinDir: join(venvDir, 'bin') };
}

interface Located {
  readonly interpreterPath: string;
  /** Folder of the interpreter that the venv was made from. */
  readonly home: string;
  /** Folders that packages are imported from. */
  readonly roots: readonly string[];
  readonly version: string;
}

async function locate(venvDir: string): Promise<Located> {
  const config = await readFile(join(venvDir, 'pyvenv.cfg'), 'utf8').catch(() => undefined);
  const interpreterPath = await realpath(join(venvDir, 'bin', 'python')).catch(() => undefined);
  if (config === undefined || interpreterPath === undefined)
    throw notVenv(venvDir, 'has no pyvenv.cfg or no bin/python');
  const setting = (name: string) => new RegExp(`^${name}\\s*=\\s*(.+?)\\s*$`, 'm').exec(config)?.[1];
  const home = setting('home') ?? dirname(interpreterPath);
  const versions = await readdir(join(venvDir, 'lib')).catch(() => []);
  const own = versions.filter((name) => /^python3\.\d+$/.test(name)).sort();
  const [python] = own;
  if (python === undefined || own.length > 1) throw notVenv(venvDir, 'needs exactly one lib/python3.*');
  const roots = [join(venvDir, 'lib', python, 'site-packages')];
  if (setting('include-system-site-packages')?.toLowerCase() === 'true')
    roots.push(...(await systemPackages(dirname(home), python)));
  return { interpreterPath, home, roots, version: basename(python).slice('python'.length) };
}

/** What a venv that sees the host's packages sees. */
async function systemPackages(prefix: string, python: string): Promise<string[]> {
  const candidates = [
    join(prefix, 'lib', python, 'site-packages'),
    `/usr/local/lib/${python}/dist-packages`,
    '/usr/lib/python3/dist-packages',
  ];
  const there = await Promise.all(candidates.map((path) => stat(path).catch(() => undefined)));
  return candidates.filter((_, i) => there[i]?.isDirectory() === true);
}

const isOutsideSystem = (path: string): boolean =>
  path !== '/' && path !== '/usr' && !path.startsWith('/usr/');

const withoutNested = (mounts: readonly Mount[]): Mount[] =>
  mounts.filter(({ source }) => !mounts.some((other) => source.startsWith(`${other.source}/`)));

const notVenv = (venvDir: string, why: string): DomainError =>
  new DomainError('not-found', 'ENVIRONMENT_NOT_FOUND', `${venvDir} is no Python venv: it ${why}`);
