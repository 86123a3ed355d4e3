import { streamUuid, type Instant } from '#kernel';
import { reviewCodec } from '#contracts/stored';
import type { ReviewOutcome } from '#domain/review';
import type { Document } from '#read-store';
import type { Projection, Reason } from '#runtime';

/** One review of a range of the audit trail; its id is that of its stream. */
export interface ReviewDocument extends Document {
  /** Both inclusive. */
  readonly first: number;
  readonly last: number;
  readonly logSize: number;
  readonly root: string;
  readonly outcome: ReviewOutcome;
  readonly reason: Reason;
  readonly reviewer: string;
  readonly reviewedAt: Instant;
  /** Sorted downwards: newest first. */
  readonly order: string;
}

export const reviewProjection: Projection<ReviewDocument> = {
  name: 'reviews',
  version: 1,
  kinds: ['review'],
  indexes: ['order'],
  ids: ({ stream }) => [streamUuid(stream)],
  starts: () => true,
  project(_, { type, bytes, metadata, index }, id) {
    const { first, last, log, outcome, at } = reviewCodec.decode(type, bytes).event;
    return {
      ...{ id, first: Number(first), last: Number(last), logSize: Number(log.size), root: log.root, outcome },
      ...{ reason: metadata.reason ?? '', reviewer: metadata.actor.id, reviewedAt: at },
      order: String(index).padStart(12, '0'),
    };
  },
};
