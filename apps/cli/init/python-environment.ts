import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Problem } from '#kernel';
import { note, type SourceLine } from './notes.js';
import { findVenv } from './read-python.js';

type Venv = { readonly path: string; readonly lock: string; readonly lockText?: string };

const locks = ['requirements.lock', 'requirements.txt', 'uv.lock', 'poetry.lock', 'Pipfile.lock', 'pdm.lock'];

/** The virtual environment beside a script and what pins it; a lock file is made from what is installed when there is none. */
export function pythonEnvironment(
  folder: string,
  imports: readonly string[],
): {
  readonly venv: Venv | null;
  readonly problems: readonly Problem[];
  readonly notes: readonly SourceLine[];
} {
  const path = findVenv(folder);
  const lock = locks.find((name) => existsSync(join(folder, name)));
  if (path === undefined) {
    const install = lock?.startsWith('requirements') ? ` && .venv/bin/pip install -r ${lock}` : '';
    const wanted = imports.filter((name) => !isLocal(folder, name));
    const packages = install || (wanted.length > 0 ? ` && .venv/bin/pip install ${wanted.join(' ')}` : '');
    const fix = `run \`python3 -m venv .venv${packages}\` beside the script, then \`holdfast init\` again`;
    const message = 'there is no virtual environment beside the script, so nothing says which Python runs it';
    return {
      venv: null,
      notes: [],
      problems: [{ code: 'VENV_MISSING', field: 'environment', message, fix }],
    };
  }
  const site = sitePackages(join(folder, path));
  const absent = imports.filter(
    (name) => !isLocal(folder, name) && !site.some((root) => isThere(root, name)),
  );
  const notes = absent.map((name) =>
    note(0, `imports ${name}, which ${path} does not have: ${path}/bin/pip install it`),
  );
  if (lock !== undefined) return { venv: { path, lock }, problems: [], notes };
  return { venv: { path, lock: 'requirements.lock', lockText: installed(site) }, problems: [], notes };
}

const isThere = (root: string, name: string) =>
  existsSync(join(root, name)) ||
  existsSync(join(root, `${name}.py`)) ||
  (existsSync(root) && readdirSync(root).some((file) => file.startsWith(`${name}.`) && file.endsWith('.so')));

const isLocal = (folder: string, name: string) =>
  existsSync(join(folder, name)) || existsSync(join(folder, `${name}.py`));

function sitePackages(venv: string): string[] {
  const lib = join(venv, 'lib');
  if (!existsSync(lib)) return [];
  return readdirSync(lib)
    .map((name) => join(lib, name, 'site-packages'))
    .filter((path) => existsSync(path));
}

/** `name==version` of every installed distribution, read from its metadata, sorted. */
function installed(site: readonly string[]): string {
  const lines = site.flatMap((root) =>
    readdirSync(root)
      .filter((name) => name.endsWith('.dist-info') && existsSync(join(root, name, 'METADATA')))
      .map((name) => {
        const metadata = readFileSync(join(root, name, 'METADATA'), 'utf8');
        const field = (key: string) => new RegExp(`^${key}:[ \\t]*(\\S+)`, 'm').exec(metadata)?.[1] ?? '';
        return `${field('Name')
          .toLowerCase()
          .replace(/[-_.]+/g, '-')}==${field('Version')}`;
      }),
  );
  return [
    '# What the virtual environment held when `holdfast init` read it.',
    ...[...new Set(lines)].sort(),
    '',
  ].join('\n');
}
