import { DomainError, type Digest, type Problem } from '#kernel';
import { digestBytes, treeManifest, type Tree } from '#evidence';
import { openBundle, verifyBundle, type OpenBundle } from '#bundle-file';
import { bundlePaths, entriesBelow, parseHistory, stepFolder } from '#domain/bundle';
import { parseManifest, type Manifest } from '#domain/manifest';
import { historyOf, type RunHistory } from './run-history.js';

/** A bundle that was checked whole: what it says, and every blob that it brings. */
export interface CheckedBundle {
  readonly bundle: OpenBundle;
  readonly run: string;
  readonly history: RunHistory;
  readonly manifest: Manifest;
  readonly manifestDigest: Digest;
  /** Lists of folders that are spread out in the core: their bytes follow from it. */
  readonly trees: readonly Uint8Array[];
}

const mostBytes = 256 * 2 ** 20;
const mostProblems = 100;

/**
 * Checks structure, every digest, and that the parts agree, before anything of a bundle is believed.
 * @throws BUNDLE_INVALID with every problem
 */
export async function checkBundle(path: string): Promise<CheckedBundle> {
  const report = await verifyBundle(path);
  refuse(report.problems);
  const bundle = await openBundle(path);
  try {
    const history = await bundle.bytes(bundlePaths.history, mostBytes);
    const manifest = await bundle.bytes(bundlePaths.manifest, mostBytes);
    const { run = '' } = report;
    const checked = believed(() => ({
      history: historyOf(run, parseHistory(history), true),
      manifest: parseManifest(manifest),
    }));
    return {
      ...{ bundle, run, ...checked },
      manifestDigest: digestBytes(manifest),
      trees: impliedTrees(bundle.core, checked.history),
    };
  } catch (error) {
    bundle.close();
    throw error;
  }
}

/** Lists of the code and of every output that is a folder: verified, so they have the digests that manifest and history name. */
function impliedTrees(core: Tree, { events }: RunHistory): Uint8Array[] {
  const folders = events.flatMap((event) => {
    if (event.type !== 'StepCompleted' && event.type !== 'StepFailed') return [];
    const trees = (below: 'outputs' | 'undeclared') =>
      event[below]
        .filter(({ kind }) => kind === 'tree')
        .map(({ path }) => `${stepFolder(event)}/${below}/${path}`);
    return [...trees('outputs'), ...trees('undeclared')];
  });
  return [bundlePaths.code, ...folders].map((folder) => treeManifest(below(core, folder)));
}

const below = (core: Tree, folder: string): Tree => ({
  entries: entriesBelow(core, folder).map((entry) => ({
    ...entry,
    path: entry.path.slice(folder.length + 1),
  })),
});

/** What cannot be read of a bundle is the bundle's fault. */
function believed<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    const { code, message, problems } = error;
    return refuse(problems.length > 0 ? problems : [{ code, field: '', message }]) as never;
  }
}

function refuse(problems: readonly Problem[]): void {
  const [first] = problems;
  if (first === undefined) return;
  const where = first.field === '' ? '' : `${first.field}: `;
  const message = `the bundle does not hold: ${problems.length} problem(s), the first: ${where}${first.message}`;
  throw new DomainError('integrity', 'BUNDLE_INVALID', message, {
    problems: problems.slice(0, mostProblems),
  });
}
