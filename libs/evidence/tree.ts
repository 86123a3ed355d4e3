import { DomainError, isDigest, type Digest, type Json, type JsonObject, type Problem } from '#kernel';
import { canonicalize } from './canonical-json.js';
import { digestBytes } from './digest.js';
import { parseJson } from './parse-json.js';
import { pathProblem } from './path.js';

export const treeModes = ['100644', '100755', '120000'] as const;
export type TreeMode = (typeof treeModes)[number];

/** One file of a tree; of a symbolic link (`120000`) the digest is that of its target text. */
export interface TreeEntry {
  /** Relative, `/` between segments, NFC not required: bytes decide. */
  readonly path: string;
  readonly sizeBytes: number;
  readonly digest: Digest;
  readonly mode: TreeMode;
  /** Only of a symbolic link. */
  readonly target?: string;
}

/** Files of a folder in byte order of their paths. Empty folders do not exist. */
export interface Tree {
  readonly entries: readonly TreeEntry[];
}

const format = 'tree/1';

/** Orders paths by their UTF-8 bytes, which is code point order. */
export function comparePaths(a: string, b: string): number {
  for (let i = 0; i < a.length && i < b.length; i++) {
    const [x, y] = [a.charCodeAt(i), b.charCodeAt(i)];
    if (x === y) continue;
    // Half of a pair stands for a code point above all others, though its own number is not above theirs.
    return isHalf(x) === isHalf(y) ? x - y : isHalf(x) ? 1 : -1;
  }
  return a.length - b.length;
}

const isHalf = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdfff;

export const treeOf = (entries: readonly TreeEntry[]): Tree => ({
  entries: [...entries].sort((a, b) => comparePaths(a.path, b.path)),
});

/** The blob that stands for the tree: canonical JSON that begins with `{"entries":` and holds `"holdfast":"tree/1"`. */
export const treeManifest = ({ entries }: Tree): Uint8Array =>
  Buffer.from(`{"entries":[${entries.map(entryText).join(',')}],"holdfast":${JSON.stringify(format)}}`);

/** Canonical by hand, since a tree may have a hundred thousand files: members in order, texts as `JSON.stringify` writes them. */
function entryText({ digest, mode, path, sizeBytes, target }: TreeEntry): string {
  const link = target === undefined ? '' : `,"target":${canonicalize(target)}`;
  return `{"digest":"${digest}","mode":"${mode}","path":${canonicalize(path)},"sizeBytes":${canonicalize(sizeBytes)}${link}}`;
}

export const treeDigest = (tree: Tree): Digest => digestBytes(treeManifest(tree));
export const treeSizeBytes = ({ entries }: Tree): number =>
  entries.reduce((sum, entry) => sum + entry.sizeBytes, 0);

/**
 * Reads a tree manifest from a hostile source: paths that leave the tree, duplicates, a file that is also a folder,
 * names that differ only in case, another order than that of the bytes, are all refused together.
 * @throws TREE_INVALID with every problem
 */
export function parseTree(bytes: Uint8Array): Tree {
  if (bytes.length > longestRemembered) return parsed(bytes);
  const digest = digestBytes(bytes);
  const known = remembered.get(digest);
  if (known !== undefined) return known;
  const tree = parsed(bytes);
  if (remembered.size >= mostRemembered) remembered.clear();
  remembered.set(digest, tree);
  return tree;
}

/** The same bytes are the same tree for ever: the code of an experiment is read with each of its runs, twice. */
const remembered = new Map<Digest, Tree>();
const mostRemembered = 64;
const longestRemembered = 16 * 2 ** 10;

function parsed(bytes: Uint8Array): Tree {
  const value = parseJson(bytes, { file: 'tree manifest', maxBytes: 64 * 2 ** 20 });
  const problems: Problem[] = [];
  const report = (field: string, message: string) => problems.push({ code: 'TREE_INVALID', field, message });
  if (!isObject(value) || value['holdfast'] !== format || !Array.isArray(value['entries'])) {
    report('', `not a tree manifest of format ${format}`);
    throw invalid(problems);
  }
  const entries = (value['entries'] as readonly Json[]).flatMap((entry, i) =>
    readEntry(entry, `entries[${i}]`, report),
  );
  if (problems.length === 0) checkTogether(entries, report);
  if (problems.length > 0) throw invalid(problems);
  return { entries };
}

type Report = (field: string, message: string) => void;

function readEntry(entry: Json, field: string, report: Report): TreeEntry[] {
  if (!isObject(entry)) {
    report(field, 'not an object');
    return [];
  }
  const { path, sizeBytes, digest, mode, target, ...rest } = entry;
  const bad = typeof path === 'string' ? pathProblem(path) : 'is not a text';
  if (bad) report(`${field}.path`, bad);
  if (!Number.isSafeInteger(sizeBytes) || (sizeBytes as number) < 0)
    report(`${field}.sizeBytes`, 'not a size');
  if (!isDigest(digest)) report(`${field}.digest`, 'not a digest');
  if (!treeModes.includes(mode as TreeMode)) report(`${field}.mode`, `not one of ${treeModes.join(', ')}`);
  if ((mode === '120000') !== (typeof target === 'string'))
    report(`${field}.target`, 'goes with mode 120000 only');
  Object.keys(rest).forEach((key) => report(`${field}.${key}`, 'unknown field'));
  return [entry as unknown as TreeEntry];
}

function checkTogether(entries: readonly TreeEntry[], report: Report): void {
  const folded = new Map<string, string>();
  const files = new Set(entries.map(({ path }) => path));
  entries.forEach(({ path }, i) => {
    const previous = entries[i - 1];
    if (previous && comparePaths(previous.path, path) >= 0)
      report(`entries[${i}].path`, 'out of order or twice');
    for (let cut = path.indexOf('/'); cut !== -1; cut = path.indexOf('/', cut + 1)) {
      if (files.has(path.slice(0, cut))) report(`entries[${i}].path`, `${path.slice(0, cut)} is a file too`);
    }
    const key = path.normalize('NFC').toLowerCase();
    const other = folded.get(key);
    if (other !== undefined && other !== path)
      report(`entries[${i}].path`, `differs from ${other} only in case or form`);
    folded.set(key, path);
  });
}

const isObject = (value: Json): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const invalid = (problems: readonly Problem[]): DomainError =>
  new DomainError('invalid', 'TREE_INVALID', `the tree manifest has ${problems.length} problem(s)`, {
    problems,
  });
