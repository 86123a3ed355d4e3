import { DomainError, streamUuid, type StreamId } from '#kernel';
import { bundleCodec, datasetCodec, runCodec } from '#contracts/stored';
import type { StoredEvent } from '#event-store';
import { datasetStream, datasetVersionId, type DatasetEvent } from '#domain/dataset';
import { subjectOf, type ArtifactsDisposed } from '#domain/disposal';
import type { DatasetVersion, SubjectFacts } from '#domain/retention';
import { bundleStream, runStream } from '../run-history.js';
import type { Provenance } from '../provenance.js';

type Store = Pick<Provenance, 'runtime'>;

/** Events that say what decides about bytes. Of a run that came with a bundle its import is the end. */
const telling = new Set([
  ...['RunSubmitted', 'RunCompleted', 'RunFailed', 'RunCancelled', 'BundleImported', 'DatasetVersionAdded'],
]);

function note(known: Map<string, SubjectFacts>, { stream, type, bytes }: StoredEvent): void {
  if (!telling.has(type)) return;
  if (type === 'DatasetVersionAdded') {
    const facts = factsOfVersion(datasetCodec.decode(type, bytes).event);
    known.set(facts.id, facts);
    return;
  }
  const id = streamUuid(stream);
  const before = known.get(id);
  if (type === 'BundleImported') {
    const { namespace, at } = bundleCodec.decode(type, bytes).event;
    if (before === undefined) known.set(id, { id, namespace, since: at });
    return;
  }
  const { event } = runCodec.decode(type, bytes);
  if (event.type === 'RunSubmitted') {
    const { namespace, blueprint, sweep } = event;
    const of = sweep === undefined ? {} : { sweep: sweep.id };
    known.set(id, { id, namespace, blueprint: blueprint.name, ...of });
  } else if (before !== undefined && 'at' in event) known.set(id, { ...before, since: event.at });
}

/** @throws RUN_NOT_FOUND */
export async function runFacts({ runtime }: Store, run: string): Promise<SubjectFacts> {
  const { eventStore } = runtime.engines;
  const known = new Map<string, SubjectFacts>();
  for (const stream of [runStream(run), bundleStream(run)] satisfies StreamId[])
    for await (const batch of eventStore.readStream(stream)) for (const stored of batch) note(known, stored);
  const facts = known.get(run);
  if (facts === undefined)
    throw notFound('RUN_NOT_FOUND', `there is no run ${run}; \`holdfast runs\` lists them`);
  return facts;
}

/** @throws DATASET_NOT_FOUND */
export async function datasetFacts(
  store: Store,
  namespace: string,
  dataset: DatasetVersion,
): Promise<SubjectFacts> {
  return factsOfVersion(await versionAdded(store, namespace, dataset));
}

const factsOfVersion = ({ namespace, name, number, at }: DatasetEvent): SubjectFacts => ({
  id: datasetVersionId(namespace, name, number),
  ...{ namespace, dataset: { name, number }, since: at },
});

/** The event that added it: a stream has one for each version. @throws DATASET_NOT_FOUND */
export async function versionAdded(
  { runtime }: Store,
  namespace: string,
  { name, number }: DatasetVersion,
): Promise<DatasetEvent> {
  const stream = datasetStream(namespace, name);
  const which = { from: number - 1, limit: 1 };
  for await (const [stored] of runtime.engines.eventStore.readStream(stream, which))
    if (stored !== undefined) return datasetCodec.decode(stored.type, stored.bytes).event;
  throw notFound(
    'DATASET_NOT_FOUND',
    `there is no dataset ${namespace}/${name}@${number}; \`holdfast dataset list\` shows what there is`,
  );
}

const notFound = (code: string, message: string): DomainError => new DomainError('not-found', code, message);

/** Of what a tombstone is of. @throws RUN_NOT_FOUND, DATASET_NOT_FOUND */
export function factsOf(store: Store, tombstone: ArtifactsDisposed): Promise<SubjectFacts> {
  const { id, namespace, dataset } = subjectOf(tombstone);
  return dataset === undefined ? runFacts(store, id) : datasetFacts(store, namespace, dataset);
}

/** Of every run and every version of a dataset, from the events. */
export async function allFacts({ runtime }: Store, signal: AbortSignal): Promise<readonly SubjectFacts[]> {
  const known = new Map<string, SubjectFacts>();
  const kinds = ['run', 'bundle', 'dataset'];
  for await (const batch of runtime.engines.eventStore.readAll({ kinds, signal }))
    for (const stored of batch) note(known, stored);
  return [...known.values()];
}
