import { closeSync, type BigIntStats } from 'node:fs';
import { comparePaths, pathProblem } from '#evidence';
import { breath } from '../folder/walk.js';
import { namesIn, openFileAt, openFolder, openFolderAt, statAt, type Open } from './open-at.js';

const deepest = 64;
const problemsKept = 20;
/** Looked at in one go, blocking. */
const atOnce = 500;

/** A regular file below `outputs/` that may be kept. */
export interface SurveyedFile {
  /** Below `outputs/`. */
  readonly path: string;
  readonly stats: BigIntStats;
}

export interface Survey {
  /** In byte order of their paths. */
  readonly files: readonly SurveyedFile[];
  /** Paths of folders, to tell a declared folder that is empty from one that is not there. */
  readonly folders: ReadonlySet<string>;
  /** What cannot be kept, at most twenty. */
  readonly problems: readonly string[];
  readonly tooMany: boolean;
}

/** Looks through what a hostile step may have left, following nothing and opening nothing but folders. */
export async function surveyOutputs(root: string, maxFiles: number): Promise<Survey> {
  const files: SurveyedFile[] = [];
  const folders = new Set<string>();
  const problems: string[] = [];
  let tooMany = false;
  let seen = 0;
  const report = (path: string, what: string) => {
    if (problems.length < problemsKept) problems.push(`${path.slice(0, 200)} ${what}`);
  };

  const visit = async (folder: Open, prefix: string, depth: number): Promise<void> => {
    for (const name of namesIn(folder)) {
      if (tooMany) return;
      if ((seen += 1) % atOnce === 0) await breath();
      if (name === undefined) {
        report(`${prefix}…`, 'has a name that is not UTF-8');
        continue;
      }
      const path = prefix + name;
      const bad = pathProblem(path);
      if (bad) {
        report(JSON.stringify(path.slice(0, 200)), bad);
        continue;
      }
      const stats = statAt(folder, name);
      if (stats.isDirectory()) {
        folders.add(path);
        if (depth >= deepest) {
          report(path, `is nested deeper than ${deepest} folders`);
          continue;
        }
        const child = openFolderAt(folder, name);
        await visit(child, `${path}/`, depth + 1).finally(() => closeSync(child));
      } else if (!stats.isFile())
        report(path, `is a ${kindOf(stats)}; only regular files and folders are kept`);
      else if (stats.nlink !== 1n) report(path, 'has a second name (hard link); write a copy');
      else files.push({ path, stats });
      if (files.length + folders.size > maxFiles) tooMany = true;
    }
  };

  const top = openFolder(root);
  await visit(top, '', 0).finally(() => closeSync(top));
  files.sort((a, b) => comparePaths(a.path, b.path));
  for (const [one, other] of collisions(files.map(({ path }) => path)))
    report(other, `differs from ${one} only in case or form; they would be one file elsewhere`);
  return { files, folders, problems, tooMany };
}

const kindOf = (stats: BigIntStats): string =>
  stats.isSymbolicLink() ? 'symbolic link' : stats.isFIFO() ? 'pipe' : stats.isSocket() ? 'socket' : 'device';

/** Pairs of paths that a file system without case or with another Unicode form would merge, folders on the way too. */
function collisions(paths: readonly string[]): [string, string][] {
  const seen = new Map<string, string>();
  const pairs: [string, string][] = [];
  for (const path of paths) {
    for (let cut = path.indexOf('/'); ; cut = path.indexOf('/', cut + 1)) {
      const part = cut === -1 ? path : path.slice(0, cut);
      const key = part.normalize('NFC').toLowerCase();
      const other = seen.get(key);
      if (other === undefined) seen.set(key, part);
      else if (other !== part) pairs.push([other, part]);
      if (cut === -1) break;
    }
  }
  return pairs;
}

/** Opens a surveyed file again by its path, folder by folder; undefined when it is not the same any more. */
export function openSurveyed(root: string, file: SurveyedFile): Open | undefined {
  const segments = file.path.split('/');
  const name = segments.pop() as string;
  let folder = openFolder(root);
  try {
    for (const segment of segments) {
      const next = openFolderAt(folder, segment);
      closeSync(folder);
      folder = next;
    }
    return openFileAt(folder, name, file.stats);
  } finally {
    closeSync(folder);
  }
}
