import { closeSync, createReadStream, fstatSync, readFileSync } from 'node:fs';
import { comparePaths, treeDigest, treeManifest, treeOf, treeSizeBytes, type TreeEntry } from '#evidence';
import type { ArtifactStore } from '#artifact-store';
import { StepFailed, type StepFailure } from '../failure.js';
import type { StepOutput } from '../step.js';
import { pathOf, type Open } from './open-at.js';
import { findSecret, type SecretBytes } from './secret-bytes.js';
import { openSurveyed, surveyOutputs, type SurveyedFile } from './survey-outputs.js';

export interface Collected {
  readonly outputs: readonly StepOutput[];
  readonly undeclared: readonly StepOutput[];
  readonly undeclaredOmitted: number;
  /** The first of: too many files, too many bytes, things that cannot be kept, a declared output that is not there. */
  readonly failure: StepFailure | undefined;
}

export interface CollectLimits {
  readonly files: number;
  readonly undeclared: number;
  readonly bytes: number;
}

const inMemoryBytes = 1024 * 1024;

/**
 * Puts what the step wrote into the store, hashed by the store itself. What can be kept is kept also when something else
 * cannot, so that a failure can be looked into; beyond a limit nothing is, nor when a file or its name holds a secret. The caller
 * settles the store.
 */
export async function collectOutputs(
  root: string,
  declared: Readonly<Record<string, string>>,
  store: ArtifactStore,
  limits: CollectLimits,
  secrets: readonly SecretBytes[] = [],
): Promise<Collected> {
  const { files, folders, problems, tooMany } = await surveyOutputs(root, limits.files);
  const nothing = { outputs: [], undeclared: [], undeclaredOmitted: 0 };
  if (tooMany) {
    const message = `outputs/ has more than ${limits.files} files and folders; write fewer, or one archive`;
    return { ...nothing, failure: { class: 'output-invalid', message } };
  }
  const bytes = files.reduce((sum, { stats }) => sum + Number(stats.size), 0);
  if (bytes > limits.bytes) {
    const message = `outputs/ has ${bytes} bytes, allowed are ${limits.bytes}`;
    return { ...nothing, failure: { class: 'disk-limit', message } };
  }

  const leak = await leakIn(root, files, secrets);
  if (leak !== undefined) return { ...nothing, failure: { class: 'output-invalid', message: leak } };

  const left = new Map(files.map((file) => [file.path, file]));
  const outputs: StepOutput[] = [];
  const missing: string[] = [];
  for (const [name, path] of Object.entries(declared).sort(([a], [b]) => comparePaths(a, b))) {
    const file = left.get(path);
    if (file) outputs.push({ name, ...(await keepFile(root, file, store)) });
    else if (folders.has(path)) outputs.push({ name, ...(await keepTree(root, path, files, store)) });
    else missing.push(`${name} (outputs/${path})`);
  }
  for (const path of Object.values(declared)) {
    for (const one of [...left.keys()]) if (one === path || one.startsWith(`${path}/`)) left.delete(one);
  }
  const kept = [...left.values()].slice(0, limits.undeclared);
  const undeclared: StepOutput[] = [];
  for (const file of kept) undeclared.push({ name: file.path, ...(await keepFile(root, file, store)) });
  const undeclaredOmitted = left.size - kept.length;
  return { outputs, undeclared, undeclaredOmitted, failure: judge(problems, missing) };
}

/** What to say of the first file that holds the value of a secret; a name that does is not repeated. */
async function leakIn(
  root: string,
  files: readonly SurveyedFile[],
  secrets: readonly SecretBytes[],
): Promise<string | undefined> {
  if (secrets.length === 0) return undefined;
  for (const surveyed of files) {
    const inName = await findSecret([Buffer.from(surveyed.path)], secrets);
    if (inName !== undefined) return `the name of a file in outputs/ holds the value of the secret ${inName}`;
    const file = openSurveyed(root, surveyed);
    if (file === undefined) continue;
    const pieces = createReadStream('', { fd: file, autoClose: false, start: 0 }) as AsyncIterable<Buffer>;
    const name = await findSecret(pieces, secrets).finally(() => closeSync(file));
    if (name !== undefined)
      return `outputs/${surveyed.path} holds the value of the secret ${name}; write it nowhere`;
  }
  return undefined;
}

function judge(problems: readonly string[], missing: readonly string[]): StepFailure | undefined {
  if (problems.length > 0) return { class: 'output-invalid', message: problems.join('; ') };
  if (missing.length > 0)
    return { class: 'output-missing', message: `declared but not written: ${missing.join(', ')}` };
  return undefined;
}

type Kept = { readonly path: string } & (
  Omit<Extract<StepOutput, { kind: 'file' }>, 'name'> | Omit<Extract<StepOutput, { kind: 'tree' }>, 'name'>
);

async function keepFile(
  root: string,
  surveyed: SurveyedFile,
  store: ArtifactStore,
): Promise<Extract<Kept, { kind: 'file' }>> {
  const { path, stats } = surveyed;
  const file = openSurveyed(root, surveyed);
  const moved = () => new StepFailed('output-invalid', `outputs/${path} changed while it was being read`);
  if (file === undefined) throw moved();
  try {
    const { digest, sizeBytes } = await putOpen(file, Number(stats.size), store);
    const after = fstatSync(file, { bigint: true });
    if (after.ctimeNs !== stats.ctimeNs || BigInt(sizeBytes) !== stats.size) throw moved();
    return { path, kind: 'file', digest, sizeBytes, mode: stats.mode & 0o100n ? '100755' : '100644' };
  } finally {
    closeSync(file);
  }
}

const putOpen = (file: Open, sizeBytes: number, store: ArtifactStore) =>
  sizeBytes <= inMemoryBytes
    ? store.put(readFileSync(file), { maxBytes: sizeBytes, settleLater: true })
    : store.putFile(pathOf(file), { maxBytes: sizeBytes });

async function keepTree(
  root: string,
  path: string,
  files: readonly SurveyedFile[],
  store: ArtifactStore,
): Promise<Extract<Kept, { kind: 'tree' }>> {
  const entries: TreeEntry[] = [];
  for (const file of files) {
    if (!file.path.startsWith(`${path}/`)) continue;
    const { digest, sizeBytes, mode } = await keepFile(root, file, store);
    entries.push({ path: file.path.slice(path.length + 1), digest, sizeBytes, mode });
  }
  const tree = treeOf(entries);
  const { digest, sizeBytes } = await store.put(treeManifest(tree), {
    expected: treeDigest(tree),
    settleLater: true,
  });
  return { path, kind: 'tree', digest, sizeBytes, files: entries.length, contentBytes: treeSizeBytes(tree) };
}
