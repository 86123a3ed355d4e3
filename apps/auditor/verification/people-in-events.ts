import { isSealedText, streamKind, streamUuid, type Instant, type SealedText } from '#kernel';
import type { EventStore, StoredEvent } from '#event-store';
import { projectedEvent } from '#runtime';

/** What a person said first, and where. */
export interface Said {
  readonly sealed: SealedText;
  readonly index: number;
  readonly stream: string;
  readonly revision: number;
  readonly eventId: string;
}

/** What events say of one person. */
export interface PersonInEvents {
  readonly said?: Said;
  /** When they were named last. */
  readonly namedAt?: Instant;
  readonly erasedAt?: Instant;
}

/** As a sealed reason stands in stored bytes, which are canonical JSON: the last such text is in the metadata. */
const marker = Buffer.from('"reason":{"enc":{"nonce":"');
const subjectAt = /^[^"]{0,64}","subject":"([^"]{1,64})"/;

/** Everybody whom events name, erase, or have a sealed reason of. One text a person is kept. */
export async function peopleInEvents(
  eventStore: EventStore,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, PersonInEvents>> {
  const people = new Map<string, PersonInEvents>();
  const add = (id: string, more: PersonInEvents) => void people.set(id, { ...people.get(id), ...more });
  let index = 0;
  for await (const batch of eventStore.readAll({ signal }))
    for (const stored of batch) {
      const at = index++;
      const { stream, type } = stored;
      if (streamKind(stream) === 'person') {
        const { recordedAt } = projectedEvent(stored, at).metadata;
        if (type === 'PersonNamed') add(streamUuid(stream), { namedAt: recordedAt });
        if (type === 'PersonErased') add(streamUuid(stream), { erasedAt: recordedAt });
      }
      const subject = subjectIn(stored);
      if (subject === undefined || people.get(subject)?.said !== undefined) continue;
      const said = saidIn(stored, at);
      if (said !== undefined) add(said.sealed.enc.subject, { said });
    }
  return people;
}

/** Of most events nothing is parsed. */
function subjectIn({ bytes }: StoredEvent): string | undefined {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const at = text.lastIndexOf(marker);
  if (at === -1) return undefined;
  const begin = at + marker.length;
  return subjectAt.exec(text.toString('latin1', begin, begin + 200))?.[1];
}

/** A text of somebody else that was taken along says nothing about a key that must be here. */
function saidIn(stored: StoredEvent, index: number): Said | undefined {
  const { stream, revision, eventId, metadata } = projectedEvent(stored, index);
  const { reason, actor } = metadata;
  if (!isSealedText(reason) || reason.enc.subject !== actor.id) return undefined;
  return { sealed: reason, index, stream, revision, eventId };
}
