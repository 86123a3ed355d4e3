import { lstatSync, readdirSync, readlinkSync, realpathSync, type BigIntStats, type Dirent } from 'node:fs';
import { join, posix, sep } from 'node:path';
import type { Problem } from '#kernel';
import { comparePaths, pathProblem } from '#evidence';
import { stateOf, type FoundFile } from './found-file.js';

export interface WalkOptions {
  /** Left out with everything below it. */
  readonly ignores?: (path: string, isFolder: boolean) => boolean;
  readonly signal?: AbortSignal;
  /** Told of each file, links aside, in the order of the result. */
  readonly onFile?: (file: FoundFile) => void;
}

type Report = (code: string, path: string, message: string, fix: string) => void;

/** Entries looked at between two turns of the loop; asked for one by one the kernel is four times as fast as through threads. */
const together = 256;

/**
 * Every file below a folder, and everything that keeps it from being a tree. Links are recorded and not followed; what is neither
 * file, folder nor link is refused, as is a name that another system would take for its neighbour's.
 */
export async function walk(
  root: string,
  { ignores = () => false, signal, onFile }: WalkOptions,
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
    const at = join(root, ...folder.split('/'));
    const entries = entriesOf(at, folder, report);
    const kept = entries.filter((entry) => !ignores(below(folder, entry.name), entry.isDirectory()));
    checkNeighbours(folder, kept, report);
    for (const entry of kept) {
      const path = below(folder, entry.name);
      if (!isPath(path, report)) continue;
      if (entry.isDirectory()) {
        pending.push(path);
        continue;
      }
      const file = look(top, at + sep + entry.name, path, report);
      if (file !== undefined) {
        found.push(file);
        if (file.target === undefined) onFile?.(file);
      }
      if (++looked % together === 0) await new Promise((resolve) => setImmediate(resolve));
    }
  }
  return found;
}

const below = (folder: string, name: string): string => (folder === '' ? name : `${folder}/${name}`);

/** What stands in a text for bytes that are no UTF-8, and may also stand for itself. */
const replacement = '\ufffd';

function entriesOf(at: string, folder: string, report: Report): Dirent[] {
  try {
    const entries = readdirSync(at, { withFileTypes: true });
    if (!entries.some(({ name }) => name.includes(replacement))) return entries;
    // Names as bytes, since a name that is no UTF-8 would come as another one.
    const broken = readdirSync(at, 'buffer').filter(
      (name) => !Buffer.from(name.toString('utf8')).equals(name),
    );
    const names = new Set(broken.map((name) => name.toString('utf8')));
    for (const name of names)
      report('NAME_NOT_UTF8', below(folder, name), 'the name is not UTF-8', 'rename it');
    return entries.filter(({ name }) => !names.has(name));
  } catch (error) {
    unreadable(folder, error, report);
    return [];
  }
}

/** macOS and Windows take names for one that differ in case or in how an accent is written; a tree travels. */
function checkNeighbours(folder: string, entries: readonly Dirent[], report: Report): void {
  if (new Set(entries.map(({ name }) => asOthersSeeIt(name))).size === entries.length) return;
  const known = new Map<string, string>();
  for (const { name } of entries.toSorted((a, b) => comparePaths(a.name, b.name))) {
    const key = asOthersSeeIt(name);
    const other = known.get(key);
    if (other === undefined) known.set(key, name);
    else {
      const message = `differs from ${printable(other)} only in case or in how an accent is written`;
      report('NAME_COLLISION', below(folder, name), message, 'rename one of the two');
    }
  }
}

const asOthersSeeIt = (name: string): string => name.normalize('NFC').toLowerCase();

function isPath(path: string, report: Report): boolean {
  const wrong = pathProblem(path);
  if (wrong !== undefined) report('PATH_INVALID', path, `the path ${wrong}`, 'rename it');
  return wrong === undefined;
}

function look(top: string, at: string, path: string, report: Report): FoundFile | undefined {
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
