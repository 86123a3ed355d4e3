import type { Digest, Instant, JsonObject, StreamId } from '#kernel';
import { datasetCodec } from '#contracts/stored';
import type { DatasetAbout } from '#domain/dataset';
import type { DataFormat } from '#domain/manifest';
import type { Document } from '#read-store';
import type { ProjectedEvent, Projection, Reason } from '#runtime';
import { versionId, versionOrder } from './version-order.js';

/** One version of a dataset; schema and profile lie in the artifact store. */
export interface DatasetDocument extends Document {
  readonly stream: StreamId;
  readonly namespace: string;
  readonly name: string;
  readonly number: number;
  /** Sorts by name, then number. */
  readonly order: string;
  readonly digest: Digest;
  readonly sizeBytes: number;
  readonly format: DataFormat;
  /** Digest of a blob; null for what is no CSV. */
  readonly schema: Digest | null;
  readonly profile: Digest | null;
  readonly about: DatasetAbout & JsonObject;
  readonly reason: Reason;
  readonly addedAt: Instant;
}

export const datasetProjection: Projection<DatasetDocument> = {
  name: 'datasets',
  version: 1,
  kinds: ['dataset'],
  indexes: [
    ['namespace', 'name', 'order'],
    ['namespace', 'order'],
  ],
  ids: (stored) => [versionId(stored.stream, datasetOf(stored).number)],
  project(_, stored, id) {
    const { namespace, name, number, digest, sizeBytes, format, schema, profile, about } = datasetOf(stored);
    const { reason = '', recordedAt } = stored.metadata;
    return {
      id,
      stream: stored.stream,
      namespace,
      name,
      number,
      order: versionOrder(name, number),
      digest,
      sizeBytes,
      format,
      schema: schema?.digest ?? null,
      profile: profile?.digest ?? null,
      about: { ...about },
      reason,
      addedAt: recordedAt,
    };
  },
};

const datasetOf = ({ type, bytes }: ProjectedEvent) => datasetCodec.decode(type, bytes).event;
