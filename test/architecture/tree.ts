import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';

/** The repository; the built test lies in dist/test/architecture. */
export const root = resolve(import.meta.dirname, '../../..');

/** What the build and the package manager leave behind; no part of the tree. */
const leftBehind = new Set(['node_modules', 'dist', 'coverage', '.git', '.cache', '.holdfast']);

/** Names directly inside a folder, without what tools leave behind. */
export const entriesOf = (folder: string): readonly { name: string; isFolder: boolean }[] =>
  readdirSync(join(root, folder), { withFileTypes: true })
    .filter(({ name }) => !leftBehind.has(name))
    .map((entry) => ({ name: entry.name, isFolder: entry.isDirectory() }));

/** Every file under a folder, as paths from the repository root with `/` between segments. */
export function filesUnder(folder: string): readonly string[] {
  return entriesOf(folder).flatMap(({ name, isFolder }) => {
    const path = join(folder, name);
    return isFolder ? filesUnder(path) : [relative('.', path).split(sep).join('/')];
  });
}

export const textOf = (file: string): string => readFileSync(join(root, file), 'utf8');

/** The rooms of the house, each with a README of its own. */
export const rooms = (): readonly string[] => {
  const top = new Set(entriesOf('.').map(({ name }) => name));
  const nested = ['libs', 'apps'].flatMap((folder) =>
    entriesOf(folder)
      .filter(({ isFolder }) => isFolder)
      .map(({ name }) => `${folder}/${name}`),
  );
  return [...nested, ...['infra', 'test', 'examples'].filter((name) => top.has(name))];
};
