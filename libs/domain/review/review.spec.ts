import { describe, expect, it } from '@jest/globals';
import { fold, type Instant } from '#kernel';
import { review, reviewStream, type ReviewCommand } from './index.js';

const at = '2026-01-31T09:30:00.000Z' as Instant;
const command = (more: Partial<ReviewCommand> = {}): ReviewCommand => ({
  ...{ type: 'RecordReview', first: 4, last: 9, log: { size: 10, root: 'AA==' }, outcome: 'accepted', at },
  ...more,
});

describe('review', () => {
  it('is recorded once, with the log as it was', () => {
    const events = review.decide(command(), review.initial);
    expect(events).toEqual([
      {
        ...{ type: 'TrailReviewed', first: '4', last: '9', log: { size: '10', root: 'AA==' } },
        ...{ outcome: 'accepted', at },
      },
    ]);
    const state = fold(review, events);
    expect(review.decide(command({ log: { size: 12, root: 'AB==' } }), state)).toEqual([]);
    expect(() => review.decide(command({ outcome: 'findings' }), state)).toThrow(
      expect.objectContaining({ code: 'IDEMPOTENCY_KEY_REUSED' }),
    );
    expect(reviewStream('a')).not.toBe(reviewStream('b'));
  });

  it.each([
    ['the end before the beginning', { first: 5, last: 4 }],
    ['more than there is', { last: 10 }],
  ])('is of a range of the log, not of %s', (_, more) => {
    expect(() => review.decide(command(more), review.initial)).toThrow(
      expect.objectContaining({ kind: 'rule', code: 'RANGE_NOT_IN_LOG' }),
    );
  });
});
