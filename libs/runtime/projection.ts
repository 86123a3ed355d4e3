import { streamKind, type JsonObject, type StreamId } from '#kernel';
import { decodeEnvelope, type EventCodec, type EventMetadata } from '#contracts/stored';
import type { StoredEvent } from '#event-store';
import type { Document, Index } from '#read-store';

/** An event as read models see it. Engine positions are left out on purpose: documents must not hold them. */
export interface ProjectedEvent {
  readonly stream: StreamId;
  /** `run` of `run-6f…`. */
  readonly kind: string;
  readonly revision: number;
  readonly eventId: string;
  readonly type: string;
  /** Brought to the present version where the kind has a decoder. */
  readonly data: JsonObject;
  readonly metadata: EventMetadata;
  readonly bytes: Uint8Array;
  /** Events that the projection had folded before this one: dense, from 0, the same after every rebuild. */
  readonly index: number;
}

/**
 * A read model: which documents an event touches, and what becomes of each. Both functions are pure, so a rebuild
 * gives the same documents. A change of either, or of `indexes`, goes with a new `version`: the model then rebuilds
 * itself on start.
 */
export interface Projection<Doc extends Document = Document> {
  /** Kebab-case, unique within the service. */
  readonly name: string;
  readonly version: number;
  /** Kinds of streams it reads; every kind when absent. */
  readonly kinds?: readonly string[];
  readonly indexes: readonly Index[];
  /** What changed is committed so many milliseconds later, together with what comes meanwhile, unless somebody waits; default 20. */
  readonly restMs?: number;
  ids(event: ProjectedEvent): readonly string[];
  /** True where no earlier event can have left this document: then it is not looked for. False for all when absent. */
  starts?(event: ProjectedEvent, id: string): boolean;
  /** The document after the event; undefined removes it. */
  project(doc: Doc | undefined, event: ProjectedEvent, id: string): Doc | undefined;
}

/** Per kind of stream, what reads its events. Events of other kinds are given as they were stored. */
export type EventDecoders = Readonly<Record<string, Pick<EventCodec<{ readonly type: string }>, 'read'>>>;

/** @throws UNKNOWN_EVENT (unavailable) for an event that this release's decoder does not know; EVENT_CORRUPT */
export function projectedEvent(
  stored: StoredEvent,
  index: number,
  decoders: EventDecoders = {},
): ProjectedEvent {
  const { stream, revision, eventId, type, bytes } = stored;
  const kind = streamKind(stream);
  const { metadata, data } = Object.hasOwn(decoders, kind)
    ? (decoders[kind] as EventDecoders[string]).read(type, bytes)
    : decodeEnvelope(bytes);
  return { stream, kind, revision, eventId, type, data, metadata, bytes, index };
}

/** The event as its domain writes it, for a `switch` over its type; safe where the kind has a decoder. */
export const domainEvent = <Event extends { readonly type: string }>({ type, data }: ProjectedEvent): Event =>
  ({ ...data, type }) as unknown as Event;
