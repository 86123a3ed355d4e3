import { streamKind, type JsonObject, type StreamId } from '#kernel';
import { decodeEnvelope, type EventMetadata } from '#contracts/stored';
import type { StoredEvent } from '#event-store';
import type { Document, FieldPath } from '#read-store';

/** An event as read models see it. Engine positions are left out on purpose: documents must not hold them. */
export interface ProjectedEvent {
  readonly stream: StreamId;
  /** `run` of `run-6f…`. */
  readonly kind: string;
  readonly revision: number;
  readonly eventId: string;
  readonly type: string;
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
  readonly indexes: readonly FieldPath[];
  ids(event: ProjectedEvent): readonly string[];
  /** The document after the event; undefined removes it. */
  project(doc: Doc | undefined, event: ProjectedEvent, id: string): Doc | undefined;
}

export function projectedEvent(stored: StoredEvent, index: number): ProjectedEvent {
  const { metadata, data } = decodeEnvelope(stored.bytes);
  const { stream, revision, eventId, type, bytes } = stored;
  return { stream, kind: streamKind(stream), revision, eventId, type, data, metadata, bytes, index };
}
