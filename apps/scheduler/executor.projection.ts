import { streamUuid, type Instant, type JsonObject } from '#kernel';
import type { ExecutorEvent, ExecutorFacts, ExecutorMode } from '#domain/executor';
import type { Document } from '#read-store';
import { domainEvent, type Projection } from '#runtime';

/** An executor as it last joined; its id is that of the executor. */
export interface ExecutorDocument extends Document {
  readonly pool: string;
  readonly facts: ExecutorFacts & JsonObject;
  readonly mode: ExecutorMode;
  readonly left: boolean;
  readonly joinedAt: Instant;
  /** Instead of its own slots; null for those. */
  readonly scaledTo: number | null;
}

export const executorProjection: Projection<ExecutorDocument> = {
  name: 'executors',
  version: 2,
  kinds: ['executor'],
  indexes: ['pool'],
  ids: ({ stream }) => [streamUuid(stream)],
  project(doc, stored, id) {
    const event = domainEvent<ExecutorEvent>(stored);
    if (event.type === 'ExecutorJoined') {
      const { type: _, mode, at, ...facts } = event;
      const scaledTo = doc?.scaledTo ?? null;
      return { id, pool: facts.pool, facts, mode, left: false, joinedAt: at, scaledTo };
    }
    if (doc === undefined) return undefined;
    switch (event.type) {
      case 'ExecutorLeft':
        return { ...doc, left: true };
      case 'ExecutorModeChanged':
        return { ...doc, mode: event.mode };
      case 'ExecutorScaled':
        return { ...doc, scaledTo: event.slots };
    }
  },
};
