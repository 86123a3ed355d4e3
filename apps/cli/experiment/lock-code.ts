import { readFile } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import type { Problem } from '#kernel';
import {
  alwaysIgnored,
  hashTree,
  ignoreFile,
  parseIgnore,
  type DigestCache,
  type HashedTree,
  type HashProgress,
} from '#evidence/files';
import { defaultSourceDateEpoch, type Lock } from '#domain/blueprint';
import { checkoutCommit } from './git-checkout.js';
import type { Experiment } from './read-experiment.js';

export interface LockedCode {
  readonly pin: Lock['code'];
  readonly sourceDateEpoch: number;
  readonly hashed: HashedTree;
}

export interface LockOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal;
  readonly onProgress?: (what: string, progress: HashProgress) => void;
  /** Absent: every byte is read. */
  readonly cache?: DigestCache;
}

/** Where a step finds its inputs, parameters and outputs: the code must leave these names free. */
const reservedNames = ['inputs', 'outputs', 'params.json'];

/** The tree of an experiment's code, from its folder or from a git commit. `close` removes a checkout. */
export async function lockCode(
  experiment: Experiment,
  problems: Problem[],
  options: LockOptions,
): Promise<{ readonly code?: LockedCode; close(): Promise<void> }> {
  const { blueprint, folder } = experiment;
  const { code } = blueprint;
  if (!('git' in code)) {
    const hashed = await hashCode(folder, code.path, experiment, problems, options);
    return { ...locked(hashed, defaultSourceDateEpoch), close: async () => {} };
  }
  const { checkout, problem } = await checkoutCommit(code.git, code.commit, options);
  if (checkout === undefined) {
    if (problem) problems.push(placed(experiment, ['code'], problem));
    return { close: async () => {} };
  }
  // Laid out a moment ago at a place of its own: nothing can be known of it.
  const { cache: _, ...afresh } = options;
  const hashed = await hashCode(checkout.folder, code.path ?? '.', experiment, problems, afresh);
  return { ...locked(hashed, checkout.committedAt, code.commit), close: checkout.close };
}

function locked(hashed: HashedTree | undefined, sourceDateEpoch: number, commit?: string) {
  if (hashed === undefined) return {};
  const { digest: tree, sizeBytes } = hashed;
  return { code: { pin: { tree, sizeBytes, ...(commit ? { commit } : {}) }, sourceDateEpoch, hashed } };
}

async function hashCode(
  folder: string,
  path: string,
  experiment: Experiment,
  problems: Problem[],
  { signal, onProgress, cache }: LockOptions,
): Promise<HashedTree | undefined> {
  const root = join(folder, path);
  const above = relative(folder, root).split('\\').join('/');
  const { ignore, problems: wrongRules } = await ignoreOf(experiment, folder);
  problems.push(...wrongRules);
  const { hashed, problems: found } = await hashTree(root, {
    ignores: (inside, isFolder) => ignore.ignores(above === '' ? inside : `${above}/${inside}`, isFolder),
    ...(signal ? { signal } : {}),
    ...(cache ? { cache } : {}),
    onProgress: (progress) => onProgress?.('code', progress),
  });
  problems.push(...found.map((problem) => atFile(experiment, above, problem)));
  if (hashed === undefined) return undefined;
  const { entries } = hashed.tree;
  if (entries.length === 0) {
    const fix = `put the code there, or look at ${ignoreFile}`;
    problems.push(
      placed(experiment, ['code'], { code: 'CODE_EMPTY', field: 'code', message: 'holds no file', fix }),
    );
  }
  const taken = new Set(entries.map((entry) => entry.path.split('/')[0]));
  for (const name of reservedNames.filter((reserved) => taken.has(reserved)))
    problems.push(
      placed(experiment, ['code'], {
        code: 'CODE_NAME_RESERVED',
        field: 'code',
        message: `${name} stands at its top, where a step finds its inputs, parameters and outputs`,
        found: name,
        fix: `rename it, or name it in ${ignoreFile}`,
      }),
    );
  return hashed;
}

/** What declares the experiment is recorded apart from its code, and must not be part of what it pins. */
export async function ignoreOf({ file, lockFile, folder: own }: Experiment, folder = own) {
  const text = await readFile(join(folder, ignoreFile), 'utf8').catch(() => '');
  const declarations = [file, lockFile].map((path) => `/${escaped(basename(path))}`);
  const catalogue = ['yaml', 'yml', 'json'].map((kind) => `/catalogue/*.${kind}`);
  return parseIgnore(text, {
    file: join(folder, ignoreFile),
    before: [...alwaysIgnored, ...declarations, ...catalogue],
  });
}

const escaped = (name: string): string => name.replace(/[\\*?[\]!#]/g, '\\$&');

/** A problem of a file, at that file. */
function atFile(experiment: Experiment, above: string, problem: Problem): Problem {
  const { field, ...rest } = problem;
  if (field === '') return placed(experiment, ['code'], { ...rest, field: 'code' });
  return {
    ...rest,
    field: '',
    place: { file: above === '' ? field : `${above}/${field}`, line: 1, column: 1 },
  };
}

/** A problem of what the blueprint names, where it names it. */
export function placed(
  { locate }: Experiment,
  path: readonly string[],
  problem: Problem,
  part: 'key' | 'value' = 'value',
): Problem {
  const place = locate(path, part);
  return place ? { ...problem, place } : problem;
}
