import { DomainError, type Digest } from '#kernel';
import { comparePaths, treeOf, type Tree, type TreeEntry } from '#evidence';
import type { BlobRef, Output, RunEvent } from '#domain/run';

/** Names that a reader of a bundle can rely on. */
export const bundlePaths = {
  manifest: 'manifest.json',
  history: 'history.jsonl',
  blueprint: 'blueprint.json',
  approvals: 'approvals.jsonl',
  fingerprint: 'fingerprint.json',
  folds: 'folds.json',
  code: 'code',
  steps: 'steps',
} as const;

/** Members that describe the others, for tools that know nothing of Holdfast. */
export const descriptionPaths = {
  crate: 'ro-crate-metadata.json',
  sbom: 'sbom.cdx.json',
  prov: 'lineage/prov.json',
  openlineage: 'lineage/openlineage.jsonl',
  /** DSSE envelopes, one a line: an in-toto bundle. */
  attestations: 'attestations.intoto.jsonl',
  /** What our own statement is about, beside the crate, which names every file. */
  attested: [bundlePaths.history, bundlePaths.manifest],
} as const;

/** Bytes that a member consists of. */
export type Content = { readonly digest: Digest; readonly sizeBytes: number };

export interface CoreParts {
  readonly manifest: Content;
  readonly history: Content;
  readonly blueprint?: Content;
  /** Where somebody has signed the blueprint before the run was admitted. */
  readonly approvals?: Content;
  readonly fingerprint?: Content;
  readonly folds?: Content;
  readonly code: Tree;
  /** Step records of every attempt that reported: a failed attempt is part of the run. */
  readonly steps: readonly Extract<RunEvent, { type: 'StepCompleted' | 'StepFailed' }>[];
  /** Trees of outputs that are folders, by digest. */
  readonly trees: ReadonlyMap<Digest, Tree>;
}

/**
 * Every member of a bundle's core: a pure function of the run, so sealing twice gives the same digest.
 * Members are named by attempt, step and fold: `steps/1/train/0/outputs/model.json`.
 */
export function coreTree(parts: CoreParts): Tree {
  const { manifest, history, blueprint, approvals, fingerprint, folds } = parts;
  const singles = [
    [bundlePaths.manifest, manifest],
    [bundlePaths.history, history],
    [bundlePaths.blueprint, blueprint],
    [bundlePaths.approvals, approvals],
    [bundlePaths.fingerprint, fingerprint],
    [bundlePaths.folds, folds],
  ] as const;
  return treeOf([
    ...singles.flatMap(([path, content]) => (content ? [file(path, content)] : [])),
    ...below(bundlePaths.code, parts.code),
    ...parts.steps.flatMap((step) => stepMembers(step, parts.trees)),
  ]);
}

/** What is below a folder, as it is in the tree. */
export function entriesBelow({ entries }: Tree, folder: string): TreeEntry[] {
  const found: TreeEntry[] = [];
  const within = `${folder}/`;
  for (let at = placeOf(entries, within); entries[at]?.path.startsWith(within); at++)
    found.push(entries[at] as TreeEntry);
  return found;
}

export function entryAt({ entries }: Tree, path: string): TreeEntry | undefined {
  const found = entries[placeOf(entries, path)];
  return found?.path === path ? found : undefined;
}

/** Of the first entry from this path on: they stand in its order. */
function placeOf(entries: readonly TreeEntry[], path: string): number {
  let [first, end] = [0, entries.length];
  while (first < end) {
    const middle = (first + end) >>> 1;
    if (comparePaths((entries[middle] as TreeEntry).path, path) < 0) first = middle + 1;
    else end = middle;
  }
  return first;
}

/** Where the members of one process are: `steps/<attempt>/<step>[/<fold>]`. */
export const stepFolder = ({
  epoch,
  step,
  fold,
}: {
  epoch: number;
  step: string;
  fold: number | null;
}): string => [bundlePaths.steps, epoch, step, ...(fold === null ? [] : [fold])].join('/');

function stepMembers(step: CoreParts['steps'][number], trees: CoreParts['trees']): TreeEntry[] {
  const folder = stepFolder(step);
  return [
    ...step.outputs.flatMap((output) => outputMembers(`${folder}/outputs`, output, trees)),
    ...step.undeclared.flatMap((output) => outputMembers(`${folder}/undeclared`, output, trees)),
    file(`${folder}/stdout`, step.stdout),
    file(`${folder}/stderr`, step.stderr),
    file(`${folder}/metrics.jsonl`, step.metrics),
  ];
}

function outputMembers(folder: string, output: Output, trees: CoreParts['trees']): TreeEntry[] {
  if (output.kind === 'file') return [file(`${folder}/${output.path}`, output)];
  const tree = trees.get(output.digest);
  if (!tree) throw new DomainError('bug', 'TREE_NOT_READ', `the tree of output ${output.name} was not read`);
  return below(`${folder}/${output.path}`, tree);
}

const below = (folder: string, { entries }: Tree): TreeEntry[] =>
  entries.map((entry) => ({ ...entry, path: `${folder}/${entry.path}` }));

const file = (path: string, { digest, sizeBytes }: BlobRef): TreeEntry => ({
  path,
  digest,
  sizeBytes,
  mode: '100644',
});
