import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import type { Digest } from '#kernel';
import { digestBytes, parseTree, treeSizeBytes, type Tree } from '#evidence';
import type { ArtifactStore } from '#artifact-store';
import { StepFailed } from '../failure.js';
import type { Loan, Placed } from '../inputs/input-cache.js';
import type { StepInput, StepSpec } from '../step.js';
import { reservedNames, type StepFolder } from './step-folder.js';

const manifestBytes = 64 * 2 ** 20;
/** Code, or an input, of less than this is copied sooner than kept. */
const lentFromBytes = 2 ** 20;
/** Written in one go: waiting for each call costs more than it takes. */
const smallBytes = 64 * 1024;

/** Where bytes come from: the store, or what has been taken from it before. */
interface Sources {
  readonly store: ArtifactStore;
  /** undefined where the step could write to it. */
  readonly loan: Loan | undefined;
}

/** What was laid out, by path on this host; links are not among it. */
export type LaidOut = ReadonlyMap<string, Digest>;

/** Lays out code, inputs and parameters, each byte checked against its digest on the way, everything read-only. */
export async function materialise(
  spec: Pick<StepSpec, 'code' | 'inputs' | 'params'>,
  folder: StepFolder,
  given: Sources,
): Promise<LaidOut> {
  const sources: Placing = { ...given, laidOut: new Map() };
  if (spec.code !== null) await placeCode(spec.code, folder, sources);
  for (const input of spec.inputs) await placeInput(input, folder, sources);
  placeBytes(spec.params, folder.params, sources);
  return sources.laidOut;
}

interface Placing extends Sources {
  readonly laidOut: Map<string, Digest>;
}

async function placeCode(digest: Digest, folder: StepFolder, sources: Placing): Promise<void> {
  const tree = await readTree(digest, sources);
  const taken = new Set(tree.entries.map(({ path }) => path.split('/')[0] as string));
  const clash = reservedNames.filter((name) => taken.has(name));
  if (clash.length > 0) {
    const names = clash.join(', ');
    throw new StepFailed(
      'input-corrupt',
      `the code has ${names} at its top, where the step finds its inputs, parameters and outputs; rename or ignore it`,
    );
  }
  await placeTree(tree, folder.work, sources);
}

async function placeInput(input: StepInput, folder: StepFolder, sources: Placing): Promise<void> {
  const path = join(folder.inputs, ...input.path.split('/'));
  mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
  if ('tree' in input) {
    mkdirSync(path, { mode: 0o755 });
    await placeTree(await readTree(input.tree, sources), path, sources);
  } else if ('blob' in input) {
    const { blob: digest, executable = false } = input;
    const { sizeBytes = 0 } = (await sources.store.stat(digest)) ?? {};
    await placeBlob({ digest, executable, sizeBytes }, path, lendingFrom(sources, sizeBytes));
  } else {
    placeBytes(input.bytes, path, sources);
  }
}

function placeBytes(bytes: Uint8Array, path: string, { laidOut }: Placing): void {
  writeReadOnly(bytes, path, false);
  laidOut.set(path, digestBytes(bytes));
}

function writeReadOnly(bytes: Uint8Array, path: string, executable: boolean): void {
  writeFileSync(path, bytes, { flag: 'wx' });
  // Whatever this server's umask takes away.
  chmodSync(path, executable ? 0o555 : 0o444);
}

const readTree = async (digest: Digest, { store }: Sources): Promise<Tree> =>
  parseTree(await store.read(digest, manifestBytes));

const lendingFrom = (sources: Placing, sizeBytes: number): Placing => ({
  ...sources,
  loan: sizeBytes >= lentFromBytes ? sources.loan : undefined,
});

async function placeTree(tree: Tree, root: string, sources: Placing): Promise<void> {
  const made = new Set([root]);
  const lending = lendingFrom(sources, treeSizeBytes(tree));
  for (const { path, digest, sizeBytes, mode, target } of tree.entries) {
    const at = join(root, ...path.split('/'));
    if (!made.has(dirname(at))) mkdirSync(dirname(at), { recursive: true, mode: 0o755 });
    made.add(dirname(at));
    if (mode === '120000') placeLink(path, target ?? '', at);
    else await placeBlob({ digest, sizeBytes, executable: mode === '100755' }, at, lending);
  }
}

async function placeBlob(blob: Placed, path: string, { store, loan, laidOut }: Placing): Promise<void> {
  laidOut.set(path, blob.digest);
  if (await loan?.place(blob, path)) return;
  const { digest, sizeBytes, executable } = blob;
  if (sizeBytes <= smallBytes) return writeReadOnly(await store.read(digest), path, executable);
  await store.materialise(digest, path, { executable });
  chmodSync(path, executable ? 0o555 : 0o444);
}

/** A link that stays within its tree; any other would show the step something that no digest covers. */
function placeLink(path: string, target: string, at: string): void {
  const end = posix.normalize(posix.join(posix.dirname(path), target));
  if (
    target === '' ||
    target.includes('\0') ||
    target.startsWith('/') ||
    end === '..' ||
    end.startsWith('../')
  )
    throw new StepFailed(
      'input-corrupt',
      `the link ${path} leads out of its tree; replace it by what it points at`,
    );
  symlinkSync(target, at);
}
