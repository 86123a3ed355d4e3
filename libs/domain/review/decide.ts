import { DomainError, streamId, type Decider, type Instant, type StreamId } from '#kernel';
import { nameId } from '#evidence';
import type { ReviewEvent, ReviewOutcome } from './events.js';

/** One stream for each review. */
export const reviewStream = (commandId: string): StreamId => streamId('review', nameId('review', commandId));

export type ReviewCommand = {
  readonly type: 'RecordReview';
  readonly first: number;
  readonly last: number;
  readonly log: { readonly size: number; readonly root: string };
  readonly outcome: ReviewOutcome;
  readonly at: Instant;
};

export type ReviewState =
  { readonly status: 'absent' } | { readonly status: 'recorded'; readonly review: ReviewEvent };

export const review: Decider<ReviewCommand, ReviewState, ReviewEvent> = {
  initial: { status: 'absent' },
  decide({ first, last, log, outcome, at }, state) {
    const [from, to] = [String(first), String(last)];
    if (state.status === 'absent') {
      if (first > last || last >= log.size) {
        const message = `the log has ${log.size} entries; ${from} to ${to} is no range of it`;
        throw new DomainError('rule', 'RANGE_NOT_IN_LOG', message, { facts: { size: log.size } });
      }
      const { size, root } = log;
      return [
        { type: 'TrailReviewed', first: from, last: to, log: { size: String(size), root }, outcome, at },
      ];
    }
    const { review: known } = state;
    if (known.first === from && known.last === to && known.outcome === outcome) return [];
    throw new DomainError(
      'already-exists',
      'IDEMPOTENCY_KEY_REUSED',
      'this idempotency key was used for another review; take a new one',
    );
  },
  evolve: (_, event) => ({ status: 'recorded', review: event }),
};
