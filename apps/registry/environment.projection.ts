import type { Instant, StreamId } from '#kernel';
import { canonicalize } from '#evidence';
import { environmentCodec } from '#contracts/stored';
import type { Document } from '#read-store';
import type { ProjectedEvent, Projection } from '#runtime';
import { versionId, versionOrder } from './version-order.js';

/** One version of an environment; the name stands for the newest, and every number keeps its digest. */
export interface EnvironmentDocument extends Document {
  readonly stream: StreamId;
  readonly namespace: string;
  readonly name: string;
  readonly number: number;
  /** Sorts by name, then number. */
  readonly order: string;
  readonly kind: string;
  readonly digest: string;
  /** Canonical JSON. */
  readonly declaration: string;
  readonly registeredAt: Instant;
}

export const environmentProjection: Projection<EnvironmentDocument> = {
  name: 'environments',
  version: 1,
  kinds: ['environment'],
  indexes: [
    ['namespace', 'digest'],
    ['namespace', 'order'],
  ],
  ids: (stored) => [versionId(stored.stream, environmentOf(stored).number)],
  project(environment, stored, id) {
    const event = environmentOf(stored);
    const declaration = canonicalize(event.declaration);
    switch (event.type) {
      case 'EnvironmentRegistered': {
        const { environment: name, kind, digest } = event.declaration;
        return {
          id,
          stream: stored.stream,
          namespace: event.namespace,
          name,
          number: event.number,
          order: versionOrder(name, event.number),
          kind,
          digest,
          declaration,
          registeredAt: stored.metadata.recordedAt,
        };
      }
      case 'EnvironmentDescribed':
        return environment && { ...environment, declaration };
    }
  },
};

const environmentOf = ({ type, bytes }: ProjectedEvent) => environmentCodec.decode(type, bytes).event;
