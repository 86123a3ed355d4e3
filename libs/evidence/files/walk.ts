import { lstatSync, readdirSync, readlinkSync, realpathSync, type BigIntStats, type Dirent } from 'node:fs';
import { join, posix, sep } from 'node:path';
import type { Problem } from '#kernel';
import { pathProblem } from '#evidence';
import { stateOf, type FoundFile } from './found-file.js';

export interface WalkOptions {
  /** Left out with everything below it. */
  readonly ignores?: (path: string, isFolder: boolean) => boolean;
  readonly signal?: AbortSignal;
}

type Report = (code: string, path: string, message: string, fix: string) => void;
type Entry = Dirent<Buffer> & { readonly text: string };

/** Entries looked at between two turns of the loop; asked for one by one the kernel is four times as fast as through threads. */
const together = 256;

/**
 * Every file below a folder, and everything that keeps it from being a tree. Links are recorded and not followed; what is neither
 * file, folder nor link is refused, as is a name that another system would take for its neighbour's.
 */
export async function walk(
  root: string,
  { ignores = () => false, signal }: WalkOptions,
  problems: Problem[],
): Promise<FoundFile[]> {
  const report: Report = (code, path, message, fix) =>
    void problems.push({ code, field: printable(path), message, fix });
  const found: FoundFile[] = [];
  const top = realpathSync(root);
  const pending = [''];
  let looked = 0;
  for (let folder = pending.pop(); folder !== undefined; folder = pending.pop()) {
    signal?.throwIfAborted();
    const entries = entriesOf(join(root, folder), folder, report);
    const kept = entries.filter((entry) => !ignores(below(folder, entry.text), entry.isDirectory()));
    checkNeighbours(folder, kept, report);
    const paths = kept
      .map((entry) => ({ path: below(folder, entry.text), isFolder: entry.isDirectory() }))
      .filter(({ path }) => isPath(path, report));
    pending.push(...paths.filter(({ isFolder }) => isFolder).map(({ path }) => path));
    for (const { path, isFolder } of paths) {
      if (isFolder) continue;
      const file = look(top, root, path, report);
      if (file !== undefined) found.push(file);
      if (++looked % together === 0) await new Promise((resolve) => setImmediate(resolve));
    }
  }
  return found;
}

const below = (folder: string, name: string): string => (folder === '' ? name : `${folder}/${name}`);

/** Names as bytes, since a name that is no UTF-8 would come as another one. */
function entriesOf(at: string, folder: string, report: Report): Entry[] {
  let entries: Dirent<Buffer>[];
  try {
    entries = readdirSync(at, { withFileTypes: true, encoding: 'buffer' });
  } catch (error) {
    unreadable(folder, error, report);
    return [];
  }
  return entries.flatMap((entry) => {
    const text = entry.name.toString('utf8');
    if (Buffer.from(text).equals(entry.name)) return [Object.assign(entry, { text })];
    report('NAME_NOT_UTF8', below(folder, text), 'the name is not UTF-8', 'rename it');
    return [];
  });
}

/** macOS and Windows take names for one that differ in case or in how an accent is written; a tree travels. */
function checkNeighbours(folder: string, entries: readonly Entry[], report: Report): void {
  const known = new Map<string, string>();
  for (const { text } of entries.toSorted((a, b) => Buffer.compare(a.name, b.name))) {
    const key = text.normalize('NFC').toLowerCase();
    const other = known.get(key);
    if (other === undefined) known.set(key, text);
    else {
      const message = `differs from ${printable(other)} only in case or in how an accent is written`;
      report('NAME_COLLISION', below(folder, text), message, 'rename one of the two');
    }
  }
}

function isPath(path: string, report: Report): boolean {
  const wrong = pathProblem(path);
  if (wrong !== undefined) report('PATH_INVALID', path, `the path ${wrong}`, 'rename it');
  return wrong === undefined;
}

function look(top: string, root: string, path: string, report: Report): FoundFile | undefined {
  const at = join(root, ...path.split('/'));
  try {
    const stat = lstatSync(at, { bigint: true });
    const file = { path, at, sizeBytes: Number(stat.size), ...stateOf(stat) };
    if (stat.isSymbolicLink()) return lookAtLink(top, file, report);
    if (stat.isFile()) return { ...file, mode: (stat.mode & 0o100n) === 0n ? '100644' : '100755' };
    report('FILE_KIND', path, `is a ${kindOf(stat)}`, 'remove it, or name it in .holdfastignore');
  } catch (error) {
    unreadable(path, error, report);
  }
  return undefined;
}

/** A link is its target's text; what it leads to must be of the tree, or a step elsewhere would see something else. */
function lookAtLink(top: string, file: Omit<FoundFile, 'mode'>, report: Report): FoundFile | undefined {
  const target = readlinkSync(file.at);
  const end = posix.normalize(posix.join(posix.dirname(file.path), target));
  const leads = realOf(file.at);
  const outside = leads !== undefined && leads !== top && !leads.startsWith(top + sep);
  if (target.startsWith('/') || end === '..' || end.startsWith('../') || outside) {
    const fix = 'replace it by what it leads to, or name it in .holdfastignore';
    report('LINK_OUTSIDE', file.path, `the link leads out of the folder, to ${printable(target)}`, fix);
    return undefined;
  }
  return { ...file, mode: '120000', target, sizeBytes: Buffer.byteLength(target) };
}

/** Where a path leads in the end; undefined when it leads nowhere. */
function realOf(at: string): string | undefined {
  try {
    return realpathSync(at);
  } catch {
    return undefined;
  }
}

function unreadable(path: string, error: unknown, report: Report): void {
  const { code } = error as NodeJS.ErrnoException;
  const gone = code === 'ENOENT' || code === 'ENOTDIR';
  if (gone)
    report(
      'FILE_CHANGED',
      path,
      'went away while the folder was read',
      'try again when nothing writes there',
    );
  else
    report(
      'FILE_UNREADABLE',
      path,
      `cannot be read: ${code ?? String(error)}`,
      'give yourself the right to read it',
    );
}

const kindOf = (stat: BigIntStats): string =>
  stat.isFIFO() ? 'named pipe' : stat.isSocket() ? 'socket' : 'device';

/** A name as it may be shown. */
const printable = (text: string): string =>
  text
    .slice(0, 400)
    .replace(
      /[\p{Cc}\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufffd]/gu,
      (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
    );
