import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Problem } from '#kernel';
import type { KnobDeclaration } from '#domain/knob';
import { readFilesOf } from './read-declarations.js';

export const catalogueFolder = 'catalogue';

/** What the folder `catalogue` beside a blueprint declares; absent when there is no such folder. */
export interface LocalCatalogue {
  readonly knobs: Readonly<Record<string, KnobDeclaration>>;
  readonly files: readonly string[];
  readonly problems: readonly Problem[];
}

/** Paths of the declarations in the catalogue of a folder, in byte order; undefined when there is none. */
export async function catalogueFiles(folder: string): Promise<readonly string[] | undefined> {
  try {
    const names = await readdir(join(folder, catalogueFolder));
    return names
      .filter((name) => /\.(?:ya?ml|json)$/.test(name))
      .sort()
      .map((name) => join(folder, catalogueFolder, name));
  } catch {
    return undefined;
  }
}

/** Reads the knobs beside a blueprint; a knob that two files declare is a problem. */
export async function readCatalogue(folder: string): Promise<LocalCatalogue | undefined> {
  const files = await catalogueFiles(folder);
  if (files === undefined) return undefined;
  const { read, problems } = await readFilesOf('knob', files);
  const knobs = new Map<string, KnobDeclaration>();
  const twice: Problem[] = [];
  for (const { file, value } of read) {
    if (value === undefined) continue;
    if (knobs.has(value.knob)) twice.push(declaredTwice(value.knob, file));
    knobs.set(value.knob, value);
  }
  return { knobs: Object.fromEntries(knobs), files, problems: [...problems, ...twice] };
}

const declaredTwice = (knob: string, file: string): Problem => ({
  code: 'KNOB_TWICE',
  field: 'knob',
  message: 'another file of the catalogue declares it too',
  found: knob,
  fix: 'keep one of the two',
  place: { file, line: 1, column: 1 },
});
