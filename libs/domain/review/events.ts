import type { Instant } from '#kernel';

export const reviewOutcomes = ['accepted', 'findings'] as const;
export type ReviewOutcome = (typeof reviewOutcomes)[number];

/** That somebody looked through a range of the audit trail. Who, and what they say of it, is in the metadata. */
export type ReviewEvent = {
  readonly type: 'TrailReviewed';
  /** Positions of the log, decimal, both inclusive. */
  readonly first: string;
  readonly last: string;
  /** The log as it was then: the range is what this root says. Base64. */
  readonly log: { readonly size: string; readonly root: string };
  readonly outcome: ReviewOutcome;
  readonly at: Instant;
};
