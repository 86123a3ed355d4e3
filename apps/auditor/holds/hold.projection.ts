import { streamUuid, type Instant, type StreamId } from '#kernel';
import { holdCodec } from '#contracts/stored';
import type { Document } from '#read-store';
import type { Projection, Reason } from '#runtime';

/** One hold; its id is that of its stream. */
export interface HoldDocument extends Document {
  readonly subject: StreamId;
  readonly label?: string;
  /** What the subject's stream shares with others of the same thing: a run and its bundle. */
  readonly about: string;
  readonly authority: string;
  readonly reason: Reason;
  readonly placedBy: string;
  readonly placedAt: Instant;
  readonly inForce: boolean;
  readonly released?: {
    readonly authority: string;
    readonly reason: Reason;
    readonly by: string;
    readonly at: Instant;
  };
  /** Sorted downwards: newest first. */
  readonly order: string;
}

export const holdProjection: Projection<HoldDocument> = {
  name: 'holds',
  version: 2,
  kinds: ['hold'],
  indexes: ['order', ['about', 'order'], ['inForce', 'order']],
  ids: ({ stream }) => [streamUuid(stream)],
  starts: ({ type }) => type === 'HoldPlaced',
  project(before, { type, bytes, metadata, index }, id) {
    const { event } = holdCodec.decode(type, bytes);
    const { authority, at } = event;
    const [reason, by] = [metadata.reason ?? '', metadata.actor.id];
    if (event.type === 'HoldReleased')
      return before && { ...before, inForce: false, released: { authority, reason, by, at } };
    const { subject, label } = event;
    return {
      ...{ id, subject, about: streamUuid(subject), authority, reason },
      ...(label === undefined ? {} : { label }),
      ...{ placedBy: by, placedAt: at, inForce: true, order: String(index).padStart(12, '0') },
    };
  },
};
