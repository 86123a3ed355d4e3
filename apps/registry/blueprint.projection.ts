import type { Digest, Instant, StreamId } from '#kernel';
import { blueprintCodec, type Actor } from '#contracts/stored';
import type { Document } from '#read-store';
import type { ProjectedEvent, Projection, Reason } from '#runtime';
import { versionId, versionOrder } from './version-order.js';

/** One version of a blueprint; what was written lies in the artifact store. */
export interface BlueprintDocument extends Document {
  readonly stream: StreamId;
  readonly namespace: string;
  readonly name: string;
  readonly number: number;
  /** Sorts by name, then number. */
  readonly order: string;
  readonly version: Digest;
  readonly why: string;
  readonly reason: Reason;
  readonly declaredAt: Instant;
  readonly declaredBy: Actor;
  /** Digests of the canonical JSON of both. */
  readonly document: Digest;
  readonly lock: Digest;
}

export const blueprintProjection: Projection<BlueprintDocument> = {
  name: 'blueprints',
  version: 1,
  kinds: ['blueprint'],
  indexes: [
    ['namespace', 'name', 'order'],
    ['namespace', 'order'],
  ],
  ids: (stored) => [versionId(stored.stream, blueprintOf(stored).number)],
  project(_, stored, id) {
    const { namespace, name, number, version, why, document, lock } = blueprintOf(stored);
    const { actor, reason = '', recordedAt } = stored.metadata;
    return {
      id,
      stream: stored.stream,
      namespace,
      name,
      number,
      order: versionOrder(name, number),
      version,
      why,
      reason,
      declaredAt: recordedAt,
      declaredBy: actor,
      document: document.digest,
      lock: lock.digest,
    };
  },
};

const blueprintOf = ({ type, bytes }: ProjectedEvent) => blueprintCodec.decode(type, bytes).event;
