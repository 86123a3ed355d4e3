import type { Digest, Instant, StreamId } from '#kernel';
import { bundleCodec } from '#contracts/stored';
import type { Document } from '#read-store';
import type { Projection } from '#runtime';

/** The bundle of one run; its id is the run's. */
export interface BundleDocument extends Document {
  readonly stream: StreamId;
  readonly namespace: string;
  /** The id again: queries filter by fields. */
  readonly run: string;
  readonly core: Digest;
  readonly sizeBytes: number;
  readonly members: number;
  readonly manifest: Digest;
  readonly reproducibilityKey: Digest;
  readonly outcome: string;
  readonly imported: boolean;
  readonly sealedAt: Instant;
}

export const bundleProjection: Projection<BundleDocument> = {
  name: 'bundles',
  version: 1,
  kinds: ['bundle'],
  indexes: ['run', ['namespace', 'sealedAt'], 'sealedAt'],
  ids: ({ type, bytes }) => [bundleCodec.decode(type, bytes).event.run],
  starts: () => true,
  project(_, { stream, type, bytes }, id) {
    const { event } = bundleCodec.decode(type, bytes);
    return {
      id,
      stream,
      namespace: event.namespace,
      run: event.run,
      core: event.core,
      sizeBytes: event.sizeBytes,
      members: event.members,
      manifest: event.manifest,
      reproducibilityKey: event.reproducibilityKey,
      outcome: event.outcome,
      imported: event.type === 'BundleImported',
      sealedAt: event.at,
    };
  },
};
