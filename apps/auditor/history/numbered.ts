import type { common } from '#contracts';
import { decodeEnvelope } from '#contracts/stored';
import type { StoredEvent } from '#event-store';

/** A stored event with its place in the order of the whole store. */
export interface Numbered {
  readonly index: number;
  readonly stored: StoredEvent;
}

/** With the exact stored bytes. @throws EVENT_CORRUPT */
export function toEvent({ index, stored }: Numbered): common.Event {
  const { stream, revision, eventId, type, bytes } = stored;
  const { recordedAt, actor, reason, correlationId, causationId } = decodeEnvelope(bytes).metadata;
  return {
    index,
    stream,
    revision,
    eventId,
    type,
    recordedAt,
    actor: { id: actor.id, type: actor.type, roles: [...actor.roles] },
    ...(reason === undefined ? {} : { reason }),
    correlationId,
    ...(causationId === undefined ? {} : { causationId }),
    envelope: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength),
  };
}
