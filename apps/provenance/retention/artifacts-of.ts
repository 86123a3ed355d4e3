import { isDomainError, type Digest, type ErrorKind } from '#kernel';
import { parseTree } from '#evidence';
import { artifactKinds, type ArtifactKind, type DatasetVersion, type SubjectFacts } from '#domain/retention';
import { parseManifest, requiredBlobs } from '#domain/manifest';
import type { RunEvent } from '#domain/run';
import { largestTreeBytes } from '#service';
import type { BlobGraph } from '../blob-graph.js';
import { bundleStream, readRun } from '../run-history.js';
import type { Provenance } from '../provenance.js';
import { versionAdded } from './subject-facts.js';

/** What a run's events, manifest and sealed core name, or a version of a dataset is, by kind; a blob may be of several. */
export type Artifacts = Readonly<Record<ArtifactKind, Set<Digest>>>;

/**
 * What an environment is made of belongs to the catalogue, and is none of it. What is not here any more names nothing; what is damaged does so
 * only where all of the run goes, so that nothing depends on it.
 * @throws what reading a damaged blob does
 */
export async function artifactsOf(
  provenance: Provenance,
  graph: BlobGraph,
  subject: Pick<SubjectFacts, 'id' | 'namespace' | 'dataset'>,
  going: readonly ArtifactKind[],
): Promise<Artifacts> {
  const { id: run, namespace, dataset } = subject;
  if (dataset !== undefined) return ofDataset(provenance, graph, namespace, dataset);
  const isWhole = artifactKinds.every((kind) => going.includes(kind));
  const tolerated: ErrorKind[] = isWhole ? ['not-found', 'integrity', 'invalid'] : ['not-found'];
  const found = nothing();
  const add = async (kind: ArtifactKind, digest: Digest, isTree: boolean) => {
    found[kind].add(digest);
    if (isTree) for (const file of await graph.filesOf(digest)) found[kind].add(file);
  };
  const history = await readable(() => readRun(provenance, run), tolerated);
  for (const event of history?.events ?? [])
    for (const [kind, digest, isTree] of namedBy(event)) await add(kind, digest, isTree);

  const { artifacts } = provenance.runtime.engines;
  const { state } = await provenance.bundles.load(bundleStream(run));
  const bundle = state.status === 'sealed' ? state.bundle : undefined;
  if (bundle !== undefined) {
    found.core.add(bundle.core);
    const core = await readable(
      async () => parseTree(await artifacts.read(bundle.core, largestTreeBytes)),
      tolerated,
    );
    for (const { path, digest, target } of core?.entries ?? [])
      if (target === undefined) found[kindOf(path)].add(digest);
  }
  const manifest = bundle?.manifest ?? history?.admitted?.manifest;
  if (manifest === undefined) return found;
  found.core.add(manifest);
  const parsed = await readable(async () => parseManifest(await artifacts.read(manifest)), tolerated);
  for (const { digest, kind, what } of parsed === undefined ? [] : requiredBlobs(parsed))
    await add(what === 'code' ? 'core' : 'data', digest, kind === 'tree');
  return found;
}

/** The first of its data is the version's own digest. */
async function ofDataset(
  provenance: Provenance,
  graph: BlobGraph,
  namespace: string,
  dataset: DatasetVersion,
): Promise<Artifacts> {
  const { digest, format, schema, profile } = await versionAdded(provenance, namespace, dataset);
  const files = format === 'tree' ? await graph.filesOf(digest) : [];
  const about = [schema, profile].flatMap((blob) => blob?.digest ?? []);
  return { ...nothing(), data: new Set([digest, ...files, ...about]) };
}

const nothing = (): Artifacts => ({ outputs: new Set(), logs: new Set(), core: new Set(), data: new Set() });

/** Everything of some kinds that is of no other kind. */
export function onlyOf(artifacts: Artifacts, kinds: readonly ArtifactKind[]): readonly Digest[] {
  const others = othersThan(kinds);
  const needed = (digest: Digest) => others.some((kind) => artifacts[kind].has(digest));
  return [...allOf(artifacts, kinds)].filter((digest) => !needed(digest));
}

export const othersThan = (kinds: readonly ArtifactKind[]): ArtifactKind[] =>
  artifactKinds.filter((kind) => !kinds.includes(kind));

export const allOf = (artifacts: Artifacts, kinds: readonly ArtifactKind[] = artifactKinds): Set<Digest> =>
  new Set(kinds.flatMap((kind) => [...artifacts[kind]]));

function namedBy(event: RunEvent): (readonly [ArtifactKind, Digest, boolean])[] {
  if (event.type === 'RunStarted')
    return [event.fingerprint, event.folds].flatMap((digest) =>
      digest === undefined ? [] : [['core', digest, false] as const],
    );
  if (event.type !== 'StepCompleted' && event.type !== 'StepFailed') return [];
  return [
    ...[...event.outputs, ...event.undeclared].map(
      ({ digest, kind }) => ['outputs', digest, kind === 'tree'] as const,
    ),
    ['outputs', event.metrics.digest, false],
    ['logs', event.stdout.digest, false],
    ['logs', event.stderr.digest, false],
  ];
}

/** By where a member lies in the core: `steps/<attempt>/<step>[/<fold>]/stdout`. */
function kindOf(path: string): ArtifactKind {
  const [, part] =
    /^steps\/\d+\/[^/]+(?:\/\d+)?\/(outputs|undeclared|metrics\.jsonl|stdout|stderr)(?:\/|$)/.exec(path) ??
    [];
  if (part === undefined) return 'core';
  return part === 'stdout' || part === 'stderr' ? 'logs' : 'outputs';
}

async function readable<T>(read: () => Promise<T>, tolerated: readonly ErrorKind[]): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (isDomainError(error) && tolerated.includes(error.kind)) return undefined;
    throw error;
  }
}
