import type { common } from '#contracts';
import { decodeEnvelope } from '#contracts/stored';
import type { StoredEvent } from '#event-store';
import { shownName, shownText, type Subjects } from '#key-store';

/** A stored event with its place in the order of the whole store. */
export interface Numbered {
  readonly index: number;
  readonly stored: StoredEvent;
}

/** With the exact stored bytes, in which the reason stays sealed, and the name of nobody stands. @throws EVENT_CORRUPT */
export async function toEvent(people: Subjects, { index, stored }: Numbered): Promise<common.Event> {
  const { stream, revision, eventId, type, bytes } = stored;
  const { recordedAt, actor, reason, correlationId, causationId } = decodeEnvelope(bytes).metadata;
  const name = actor.type === 'person' ? await shownName(people, actor.id) : undefined;
  return {
    index,
    stream,
    revision,
    eventId,
    type,
    recordedAt,
    actor: {
      ...{ id: actor.id, type: actor.type, roles: [...actor.roles] },
      ...(name === undefined ? {} : { name }),
    },
    ...(reason === undefined ? {} : { reason: await shownText(people, reason) }),
    correlationId,
    ...(causationId === undefined ? {} : { causationId }),
    envelope: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength),
  };
}
