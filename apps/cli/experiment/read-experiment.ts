import { stat } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { assertNoProblems, type JsonObject, type Problem } from '#kernel';
import { checkDocument, readDocument, splitName, type Blueprint } from '#domain/blueprint';
import type { Locate } from '#domain/declaration';
import { readCatalogue, type LocalCatalogue } from './read-catalogue.js';
import { readSmallFile } from './read-small-file.js';

/** A blueprint on disk that has no problem, and what lies beside it. */
export interface Experiment {
  /** As it may be shown. */
  readonly file: string;
  /** Absolute; paths of the blueprint are below it. */
  readonly folder: string;
  readonly lockFile: string;
  /** As its author wrote it. */
  readonly source: Uint8Array;
  readonly document: JsonObject;
  readonly blueprint: Blueprint;
  readonly namespace: string;
  readonly name: string;
  readonly catalogue: LocalCatalogue | undefined;
  readonly locate: Locate;
}

export const defaultFile = 'holdfast.yaml';

/**
 * Reads a blueprint (`holdfast.yaml`, or the one in a folder) and the catalogue beside it.
 * @throws BLUEPRINT_INVALID with every problem of both
 */
export async function readExperiment(given: string = defaultFile): Promise<Experiment> {
  const isFolder = await stat(given).then(
    (found) => found.isDirectory(),
    () => false,
  );
  const path = isFolder ? join(given, defaultFile) : given;
  const { content, problem } = await readSmallFile(path, 'write one from a script: `holdfast init SCRIPT`');
  if (content === undefined) return refuse(problem ? [problem] : []);
  const folder = resolve(dirname(path));
  const [read, catalogue] = [readDocument(content, path), await readCatalogue(dirname(path))];
  const { locate } = read;
  if (read.value === undefined) return refuse([...read.problems, ...(catalogue?.problems ?? [])]);
  const { blueprint, problems } = checkDocument(read.value, {
    locate,
    read: read.problems,
    ...(catalogue ? { catalogue: { knobs: catalogue.knobs } } : {}),
  });
  const all = [...problems, ...(catalogue?.problems ?? [])];
  if (blueprint === undefined || all.length > 0) return refuse(all);
  return {
    file: path,
    folder,
    lockFile: lockFileOf(path),
    source: content,
    document: read.value as JsonObject,
    blueprint,
    ...splitName(blueprint.blueprint),
    catalogue,
    locate,
  };
}

/** `holdfast.yaml` has `holdfast.lock` beside it, `wide.yaml` has `wide.lock`. */
export const lockFileOf = (path: string): string =>
  join(dirname(path), `${basename(path).replace(/\.(?:ya?ml|json)$/, '')}.lock`);

/** The path as a person would write it from where they are. */
export const shown = (path: string): string => {
  const here = relative(process.cwd(), path);
  return here !== '' && !here.startsWith('..') ? here : path;
};

/** Problems by field, such as `data.points.folds`, at their place in the file. */
export const placedIn = (
  { locate }: Pick<Experiment, 'locate'>,
  problems: readonly Problem[],
): readonly Problem[] =>
  problems.map((problem) => {
    const place = problem.place ?? locate(problem.field.split('.'), 'value');
    return place ? { ...problem, place } : problem;
  });

function refuse(problems: readonly Problem[]): never {
  assertNoProblems(problems, 'BLUEPRINT_INVALID');
  throw new Error('a file without problems was read');
}
