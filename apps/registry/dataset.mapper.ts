import { isDomainError } from '#kernel';
import type { registry } from '#contracts';
import type { ArtifactStore } from '#artifact-store';
import type { Shown } from '#runtime';
import type { DatasetDocument } from './dataset.projection.js';

export interface Described {
  readonly schema: Uint8Array;
  readonly profile: Uint8Array;
}

/** `described` only where one version is asked for. */
export const toDatasetVersion = (
  { about, ...dataset }: Shown<DatasetDocument>,
  described?: Described,
): registry.DatasetVersion => ({
  namespace: dataset.namespace,
  name: dataset.name,
  number: dataset.number,
  digest: dataset.digest,
  sizeBytes: dataset.sizeBytes,
  format: dataset.format,
  schema: Buffer.from(described?.schema ?? []),
  profile: Buffer.from(described?.profile ?? []),
  reason: dataset.reason,
  addedAt: dataset.addedAt,
  stream: dataset.stream,
  description: about.description ?? '',
  origin: about.origin ?? '',
  license: about.license ?? '',
  parents: [...(about.parents ?? [])],
  transformation: about.transformation ?? '',
});

/** Schema and profile of a CSV; both empty for anything else, and of a version that was disposed of. */
export async function describedBy(artifacts: ArtifactStore, dataset: DatasetDocument): Promise<Described> {
  const read = (digest: typeof dataset.schema) =>
    digest === null ? nothing : artifacts.read(digest).catch(whereThere);
  const [schema, profile] = await Promise.all([read(dataset.schema), read(dataset.profile)]);
  return { schema, profile };
}

const nothing = Promise.resolve(new Uint8Array());

function whereThere(error: unknown): Uint8Array {
  if (isDomainError(error) && error.kind === 'not-found') return new Uint8Array();
  throw error;
}
