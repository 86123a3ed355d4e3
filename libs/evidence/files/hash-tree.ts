import { realpathSync, statSync } from 'node:fs';
import type { Digest, Problem } from '#kernel';
import { digestBytes, treeManifest, treeOf, treeSizeBytes, type Tree, type TreeEntry } from '#evidence';
import type { DigestCache } from './digest-cache.js';
import type { FoundFile } from './found-file.js';
import { hashFiles } from './hash-files.js';
import { threadsAhead } from './hash-threads.js';
import type { Hashed } from './read-digest.js';
import { walk } from './walk.js';

export interface HashProgress {
  readonly bytesDone: number;
  readonly bytesTotal: number;
  readonly filesTotal: number;
}

export interface HashTreeOptions {
  /** Paths below the root; what it says true to is left out, with everything below. */
  readonly ignores?: (path: string, isFolder: boolean) => boolean;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: HashProgress) => void;
  /** Threads at most; default: one for each core. */
  readonly threads?: number;
  /** What is known from before; absent: every byte is read. */
  readonly cache?: DigestCache;
}

export interface HashedTree {
  readonly tree: Tree;
  /** The blob that stands for the tree, and its digest. */
  readonly manifest: Uint8Array;
  readonly digest: Digest;
  /** Of all files together. */
  readonly sizeBytes: number;
  /** Where each file of the tree is on this disk, by its path in the tree; links are not among them. */
  readonly places: ReadonlyMap<string, string>;
}

const largestManifestBytes = 64 * 2 ** 20;
const mostProblems = 100;

/**
 * Hashes a folder as a tree: files by their bytes, links by their text, in byte order of the paths. Every problem at once; a tree
 * only when there is none. Memory does not grow with the size of the files.
 */
export async function hashTree(
  root: string,
  options: HashTreeOptions = {},
): Promise<{ readonly hashed?: HashedTree; readonly problems: readonly Problem[] }> {
  const missing = folderProblem(root);
  if (missing) return { problems: [missing] };
  const problems: Problem[] = [];
  const { found, files, hashes } = await findAndHash(root, options, problems);
  const entries = [
    ...found.flatMap((link) => linkEntry(link)),
    ...files.flatMap((file, i) => fileEntry(file, hashes[i] as Hashed, problems)),
  ];
  if (problems.length > 0) return { problems: inOrder(problems) };
  const tree = treeOf(entries);
  const manifest = treeManifest(tree);
  if (manifest.length > largestManifestBytes) return { problems: [tooManyFiles(found.length)] };
  const places = new Map(files.map(({ path, at }) => [path, at]));
  return {
    hashed: { tree, manifest, digest: digestBytes(manifest), sizeBytes: treeSizeBytes(tree), places },
    problems,
  };
}

/** Hashes in the order of the files; only those are read of which nothing is known. */
async function findAndHash(root: string, options: HashTreeOptions, problems: Problem[]) {
  const known = options.cache?.below(realpathSync(root));
  const [files, digests]: [FoundFile[], (Digest | undefined)[]] = [[], []];
  const ahead = threadsAhead(options.threads);
  const onFile = (file: FoundFile) => {
    const digest = known?.digestOf(file.path, file);
    files.push(file);
    digests.push(digest);
    if (digest === undefined) ahead.found(file);
  };
  try {
    const found = await walk(root, { ...options, onFile }, problems);
    const unknown = files.filter((_, i) => digests[i] === undefined);
    const onBytes = counted(files, options.onProgress);
    if (unknown.length < files.length) onBytes(bytesOf(files) - bytesOf(unknown));
    const reading = { ...options, onBytes, startedAhead: () => ahead.take() };
    const read = (await hashFiles(unknown, reading)).values();
    const hashes = digests.map((digest) =>
      digest === undefined ? (read.next().value as Hashed) : { digest },
    );
    if (unknown.length > 0) known?.replace(knownFiles(files, hashes));
    return { found, files, hashes };
  } finally {
    ahead.end();
  }
}

const knownFiles = (files: readonly FoundFile[], hashes: readonly Hashed[]) =>
  files.flatMap((file, i) => {
    const hashed = hashes[i] as Hashed;
    return 'digest' in hashed ? [{ ...file, digest: hashed.digest }] : [];
  });

const bytesOf = (files: readonly FoundFile[]): number =>
  files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);

function counted(files: readonly FoundFile[], onProgress: HashTreeOptions['onProgress']) {
  const bytesTotal = bytesOf(files);
  let bytesDone = 0;
  return (bytes: number) => {
    bytesDone += bytes;
    onProgress?.({ bytesDone, bytesTotal, filesTotal: files.length });
  };
}

function linkEntry({ path, sizeBytes, mode, target }: FoundFile): TreeEntry[] {
  return target === undefined ? [] : [{ path, sizeBytes, mode, digest: digestBytes(target), target }];
}

function fileEntry({ path, sizeBytes, mode }: FoundFile, hashed: Hashed, problems: Problem[]): TreeEntry[] {
  if ('digest' in hashed) return [{ path, sizeBytes, mode, digest: hashed.digest }];
  problems.push(hashProblem(path, hashed));
  return [];
}

export const hashProblem = (
  field: string,
  { failed, why }: Extract<Hashed, { readonly failed: unknown }>,
): Problem =>
  failed === 'changed'
    ? { code: 'FILE_CHANGED', field, message: `changed: ${why}`, fix: 'try again when nothing writes there' }
    : {
        code: 'FILE_UNREADABLE',
        field,
        message: `cannot be read: ${why}`,
        fix: 'give yourself the right to read it',
      };

function folderProblem(root: string): Problem | undefined {
  const found = look(root);
  if (found?.isDirectory()) return undefined;
  const message = found === undefined ? 'there is no such folder' : 'is not a folder';
  return { code: 'FOLDER_MISSING', field: '', message, found: root, fix: 'name a folder that is there' };
}

function look(root: string) {
  try {
    return statSync(root);
  } catch {
    return undefined;
  }
}

const tooManyFiles = (count: number): Problem => ({
  code: 'TREE_TOO_LARGE',
  field: '',
  message: 'there are too many files for one tree, whose list has at most 64 MiB',
  found: `${count} files`,
  fix: 'name what is not needed in .holdfastignore, or pack the data into fewer files',
});

/** By path; the rest counted. */
function inOrder(problems: readonly Problem[]): Problem[] {
  const sorted = problems.toSorted((a, b) => (a.field < b.field ? -1 : a.field > b.field ? 1 : 0));
  if (sorted.length <= mostProblems) return sorted;
  const message = `${sorted.length - mostProblems} more problems`;
  return [...sorted.slice(0, mostProblems), { code: 'PROBLEMS_OMITTED', field: '', message }];
}
