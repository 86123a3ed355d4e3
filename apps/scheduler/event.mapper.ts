import type { common } from '#contracts';
import { decodeEnvelope } from '#contracts/stored';
import type { StoredEvent } from '#event-store';

/** A stored event with what a reader needs without decoding the envelope. */
export function toEvent({ stream, revision, eventId, type, bytes }: StoredEvent): common.Event {
  const { recordedAt, actor, reason, correlationId, causationId } = decodeEnvelope(bytes).metadata;
  return {
    index: undefined,
    stream,
    revision,
    eventId,
    type,
    recordedAt,
    actor: { ...actor, roles: [...actor.roles] },
    reason,
    correlationId,
    causationId,
    envelope: Buffer.from(bytes),
  };
}
