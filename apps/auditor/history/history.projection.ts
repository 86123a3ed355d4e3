import { streamUuid, type Instant, type StreamId } from '#kernel';
import type { Document } from '#read-store';
import type { ProjectedEvent, Projection } from '#runtime';

/** Where one event stands, and what leads from it to its cause; its bytes stay in the event store. */
export interface EventDocument extends Document {
  /** Dense, from 0, in the order of the whole store. */
  readonly index: number;
  readonly stream: StreamId;
  readonly revision: number;
  /** Sorts by stream, then revision. */
  readonly place: string;
  /** UUID of the stream that this event begins. */
  readonly begins?: string;
  readonly type: string;
  readonly recordedAt: Instant;
  readonly actor: string;
  /** Where it says why; what it says is not repeated here. */
  readonly reasoned?: true;
  readonly correlation: string;
  readonly causation?: string;
}

/** What times of a thousand events in a row need: {@link blockEvents}. */
export interface BlockDocument extends Document {
  readonly block: number;
  /** When the first and the last of them were recorded, by their times: appends overtake each other. */
  readonly earliest: Instant;
  readonly latest: Instant;
}

/** Somebody or something that has done anything, so that the beginning of an id is looked for among ids: {@link actorId}. */
export type ActorDocument = Document;

export type HistoryDocument = EventDocument | BlockDocument | ActorDocument;

export const blockEvents = 1000;

const blockOf = ({ index }: ProjectedEvent): number => Math.floor(index / blockEvents);
const blockId = (block: number): string => `block-${block}`;
const ofActor = 'actor-';

/** Of the document about an actor; of the beginning of an id, the beginning of it. */
export const actorId = (actor: string): string => `${ofActor}${actor}`;
export const actorOfId = (id: string): string => id.slice(ofActor.length);

export const placeOf = (stream: StreamId, revision: number): string =>
  `${stream}@${String(revision).padStart(12, '0')}`;

/** Every event of every stream, decoded no further than its metadata: a type that is not known here stops nothing. */
export const historyProjection: Projection<HistoryDocument> = {
  name: 'history',
  version: 4,
  restMs: 100,
  indexes: ['index', 'place', 'begins', ['correlation', 'index'], 'block'],
  ids: (event) => [event.eventId, blockId(blockOf(event)), actorId(event.metadata.actor.id)],
  starts: ({ eventId }, id) => id === eventId,
  project(doc, event, id) {
    if (id === actorId(event.metadata.actor.id)) return doc ?? { id };
    if (id !== event.eventId) return withTime(doc as BlockDocument | undefined, event, id);
    const { index, stream, revision, type, metadata } = event;
    const { recordedAt, actor, reason, correlationId, causationId } = metadata;
    return {
      id,
      index,
      stream,
      revision,
      place: placeOf(stream, revision),
      ...(revision === 0 ? { begins: streamUuid(stream) } : {}),
      type,
      recordedAt,
      actor: actor.id,
      ...(reason === undefined || reason === '' ? {} : { reasoned: true as const }),
      correlation: correlationId,
      ...(causationId === undefined ? {} : { causation: causationId }),
    };
  },
};

function withTime(block: BlockDocument | undefined, event: ProjectedEvent, id: string): BlockDocument {
  const { recordedAt } = event.metadata;
  const earliest = block !== undefined && block.earliest < recordedAt ? block.earliest : recordedAt;
  const latest = block !== undefined && block.latest > recordedAt ? block.latest : recordedAt;
  return { id, block: blockOf(event), earliest, latest };
}
