import type { Instant } from '#kernel';
import { disposalCodec } from '#contracts/stored';
import { subjectOf } from '#domain/disposal';
import { labelOf } from '#domain/retention';
import type { Document } from '#read-store';
import type { Projection, Reason } from '#runtime';

/** The last tombstone that names a blob, by its digest. Whether the bytes are gone, the store knows: they may have come again. */
export interface DisposedDocument extends Document {
  /** `run <id>`, `dataset penguins/palmer@2`. */
  readonly of: string;
  readonly class: string;
  readonly authority: string;
  readonly by: string;
  readonly at: Instant;
  readonly reason: Reason;
}

export const disposedProjection: Projection<DisposedDocument> = {
  name: 'disposed',
  version: 2,
  kinds: ['disposal'],
  indexes: [],
  ids({ type, bytes }) {
    if (type !== 'ArtifactsDisposed') return [];
    const { event } = disposalCodec.decode(type, bytes);
    return event.type === 'ArtifactsDisposed' ? event.blobs.map(({ digest }) => digest) : [];
  },
  project(before, { type, bytes, metadata }, id) {
    const { event } = disposalCodec.decode(type, bytes);
    if (event.type !== 'ArtifactsDisposed') return before;
    const { authority, at } = event;
    return {
      ...{ id, of: labelOf(subjectOf(event)), class: event.class, authority, by: metadata.actor.id, at },
      reason: metadata.reason ?? '',
    };
  },
};
