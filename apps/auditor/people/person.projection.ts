import { streamUuid, type Instant } from '#kernel';
import { personCodec } from '#contracts/stored';
import type { Document } from '#read-store';
import type { Projection } from '#runtime';

/** That somebody was named or erased; its id is the pseudonym. Names are in the directory only. */
export interface PersonDocument extends Document {
  readonly namedAt?: Instant;
  readonly erased: boolean;
  readonly erasedAt?: Instant;
  readonly authority?: string;
  /** Sorted downwards: the newest event first. */
  readonly order: string;
}

export const personProjection: Projection<PersonDocument> = {
  name: 'people',
  version: 1,
  kinds: ['person'],
  indexes: ['order', ['erased', 'order']],
  ids: ({ stream }) => [streamUuid(stream)],
  starts: ({ revision }) => revision === 0,
  project(before, { type, bytes, index }, id) {
    const { event } = personCodec.decode(type, bytes);
    const order = String(index).padStart(12, '0');
    if (event.type === 'PersonNamed')
      return { ...(before ?? { id, erased: false }), namedAt: event.at, order };
    const { authority, at } = event;
    return { ...before, id, erased: true, erasedAt: at, authority, order };
  },
};
