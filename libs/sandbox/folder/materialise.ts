import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join, posix } from 'node:path';
import type { Digest } from '#kernel';
import { parseTree, type Tree } from '#evidence';
import type { ArtifactStore } from '#artifact-store';
import { StepFailed } from '../failure.js';
import type { StepInput, StepSpec } from '../step.js';
import { reservedNames, type StepFolder } from './step-folder.js';

const manifestBytes = 64 * 2 ** 20;

/** Lays out code, inputs and parameters, each byte checked against its digest on the way, everything read-only. */
export async function materialise(
  spec: Pick<StepSpec, 'code' | 'inputs' | 'params'>,
  folder: StepFolder,
  store: ArtifactStore,
): Promise<void> {
  if (spec.code !== null) await placeCode(spec.code, folder, store);
  for (const input of spec.inputs) await placeInput(input, folder, store);
  await writeFile(folder.params, spec.params, { flag: 'wx', mode: 0o444 });
  await chmod(folder.params, 0o444);
}

async function placeCode(digest: Digest, folder: StepFolder, store: ArtifactStore): Promise<void> {
  const tree = await readTree(digest, store);
  const taken = new Set(tree.entries.map(({ path }) => path.split('/')[0] as string));
  const clash = reservedNames.filter((name) => taken.has(name));
  if (clash.length > 0) {
    const names = clash.join(', ');
    throw new StepFailed(
      'input-corrupt',
      `the code has ${names} at its top, where the step finds its inputs, parameters and outputs; rename or ignore it`,
    );
  }
  await placeTree(tree, folder.work, store);
}

async function placeInput(input: StepInput, folder: StepFolder, store: ArtifactStore): Promise<void> {
  const path = join(folder.inputs, ...input.path.split('/'));
  await mkdir(dirname(path), { recursive: true, mode: 0o755 });
  if ('tree' in input) {
    await mkdir(path, { mode: 0o755 });
    await placeTree(await readTree(input.tree, store), path, store);
  } else if ('blob' in input) {
    await placeBlob(input.blob, path, input.executable === true, store);
  } else {
    await writeFile(path, input.bytes, { flag: 'wx' });
    await chmod(path, 0o444);
  }
}

const readTree = async (digest: Digest, store: ArtifactStore): Promise<Tree> =>
  parseTree(await store.read(digest, manifestBytes));

async function placeTree(tree: Tree, root: string, store: ArtifactStore): Promise<void> {
  const made = new Set([root]);
  for (const { path, digest, mode, target } of tree.entries) {
    const at = join(root, ...path.split('/'));
    if (!made.has(dirname(at))) await mkdir(dirname(at), { recursive: true, mode: 0o755 });
    made.add(dirname(at));
    if (mode === '120000') await placeLink(path, target ?? '', at);
    else await placeBlob(digest, at, mode === '100755', store);
  }
}

async function placeBlob(
  digest: Digest,
  path: string,
  executable: boolean,
  store: ArtifactStore,
): Promise<void> {
  await store.materialise(digest, path, { executable });
  await chmod(path, executable ? 0o555 : 0o444);
}

/** A link that stays within its tree; any other would show the step something that no digest covers. */
async function placeLink(path: string, target: string, at: string): Promise<void> {
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
  await symlink(target, at);
}
