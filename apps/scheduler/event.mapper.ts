import type { common } from '#contracts';
import { decodeEnvelope } from '#contracts/stored';
import type { StoredEvent } from '#event-store';
import { shownText, type Subjects } from '#key-store';

/** A stored event with what a reader needs without decoding the envelope, in which the reason stays sealed. */
export async function toEvent(
  people: Subjects,
  { stream, revision, eventId, type, bytes }: StoredEvent,
): Promise<common.Event> {
  const { recordedAt, actor, reason, correlationId, causationId } = decodeEnvelope(bytes).metadata;
  return {
    index: undefined,
    stream,
    revision,
    eventId,
    type,
    recordedAt,
    actor: { ...actor, roles: [...actor.roles] },
    reason: reason && (await shownText(people, reason)),
    correlationId,
    causationId,
    envelope: Buffer.from(bytes),
  };
}
