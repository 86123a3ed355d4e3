import { DomainError, type Digest, type Problem } from '#kernel';
import { digestBytes, treeManifest, treeOf, type Tree } from '#evidence';
import { openBundle, verifyBundle, type OpenBundle } from '#bundle-file';
import { bundlePaths, parseHistory } from '#domain/bundle';
import { parseManifest, type Manifest } from '#domain/manifest';
import { historyOf, outcomeOf, type RunHistory } from './run-history.js';

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
    const [history, manifestBytes] = await Promise.all([
      bytesOf(bundle, bundlePaths.history),
      bytesOf(bundle, bundlePaths.manifest),
    ]);
    const { run = '' } = report;
    const checked = believed(() => {
      const read = historyOf(run, parseHistory(history), true);
      return { history: read, manifest: parseManifest(manifestBytes) };
    });
    if (outcomeOf(checked.history) === 'open')
      refuse([problem(bundlePaths.history, 'does not reach the end')]);
    return {
      bundle,
      run,
      ...checked,
      manifestDigest: digestBytes(manifestBytes),
      trees: impliedTrees(bundle.core, checked.manifest, checked.history),
    };
  } catch (error) {
    bundle.close();
    throw error;
  }
}

/** The code and every output that is a folder: their list must be the one that manifest and history name. */
function impliedTrees(core: Tree, manifest: Manifest, { events }: RunHistory): Uint8Array[] {
  const wanted = new Map<string, Digest>([[bundlePaths.code, manifest.pinned.code.tree]]);
  for (const event of events) {
    if (event.type !== 'StepCompleted' && event.type !== 'StepFailed') continue;
    const { epoch, step, fold } = event;
    const folder = [bundlePaths.steps, epoch, step, ...(fold === null ? [] : [fold])].join('/');
    for (const [below, outputs] of [
      ['outputs', event.outputs],
      ['undeclared', event.undeclared],
    ] as const)
      for (const { kind, path, digest } of outputs)
        if (kind === 'tree') wanted.set(`${folder}/${below}/${path}`, digest);
  }
  const problems: Problem[] = [];
  const trees = [...wanted].map(([folder, digest]) => {
    const bytes = treeManifest(below(core, folder));
    if (digestBytes(bytes) !== digest) problems.push(problem(folder, `its files are not those of ${digest}`));
    return bytes;
  });
  refuse(problems);
  return trees;
}

const below = ({ entries }: Tree, folder: string): Tree =>
  treeOf(
    entries
      .filter(({ path }) => path.startsWith(`${folder}/`))
      .map((entry) => ({ ...entry, path: entry.path.slice(folder.length + 1) })),
  );

async function bytesOf(bundle: OpenBundle, name: string): Promise<Uint8Array> {
  const entry = bundle.core.entries.find(({ path }) => path === name);
  if (entry === undefined) refuse([problem(name, 'is missing')]);
  if ((entry?.sizeBytes ?? 0) > mostBytes) refuse([problem(name, `has more than ${mostBytes} bytes`)]);
  return new Uint8Array(Buffer.concat(await Array.fromAsync(await bundle.read(name))));
}

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

const problem = (field: string, message: string): Problem => ({ code: 'EVIDENCE_FAILS', field, message });
