import { assertNoProblems, type Problem } from '#kernel';
import { encodeBase64 } from '#evidence';
import type { auditor as proto } from '#contracts';
import { reviewOutcomes, reviewStream, type ReviewOutcome } from '#domain/review';
import { pageSize, type CallContext } from '#platform';
import { shownName, shownText, type Subjects } from '#key-store';
import { carriedOut } from '#runtime';
import { commandContext, reasonProblems } from '#service';
import type { Auditor } from '../auditor.js';
import { indexProblems } from '../history/history-problems.js';
import { reviewProjection, type ReviewDocument } from './review.projection.js';

/** By the newest checkpoint, which must hold the range. @throws REVIEW_INVALID with every problem; RANGE_NOT_IN_LOG, LOG_EMPTY */
export async function recordReview(
  { runtime, reviews, log }: Auditor,
  { firstIndex, lastIndex, outcome, reason }: proto.RecordReviewRequest,
  context: CallContext,
): Promise<proto.RecordReviewResponse> {
  assertNoProblems(
    [
      ...indexProblems('first_index', firstIndex),
      ...indexProblems('last_index', lastIndex),
      ...outcomeProblems(outcome),
      ...reasonProblems(reason),
    ],
    'REVIEW_INVALID',
  );
  const { checkpoint } = await log.checkpoint();
  const stream = reviewStream(context.commandId);
  const command = {
    ...{ type: 'RecordReview' as const, first: firstIndex, last: lastIndex },
    log: { size: checkpoint.size, root: encodeBase64(checkpoint.root) },
    ...{ outcome: outcome as ReviewOutcome, at: context.receivedAt },
  };
  await reviews.execute(stream, command, commandContext(context, reason));
  const { documents, position } = await carriedOut(
    runtime.engines.eventStore,
    reviewProjection,
    stream,
    context.commandId,
  );
  const [found] = documents;
  return { review: found && (await toReview(runtime.people, found)), position };
}

/** @throws INVALID_REQUEST, PAGE_TOKEN_STALE */
export async function listReviews(
  auditor: Auditor,
  { index, pageSize: size, pageToken }: proto.ListReviewsRequest,
  context: CallContext,
): Promise<proto.ListReviewsResponse> {
  assertNoProblems(indexProblems('index', index), 'INVALID_REQUEST');
  await auditor.upToDate(context, ['reviews']);
  const page = await auditor.views.reviews.page({
    where:
      index === undefined
        ? []
        : [
            { field: 'first', to: index },
            { field: 'last', from: index },
          ],
    sort: { field: 'order', direction: 'desc' },
    ...{ pageSize: pageSize(size), pageToken },
  });
  const { people } = auditor.runtime;
  const found = await Promise.all(page.items.map((item) => toReview(people, item)));
  return { reviews: found, nextPageToken: page.nextPageToken };
}

async function toReview(
  people: Subjects,
  { first, last, order: _, ...review }: ReviewDocument,
): Promise<proto.Review> {
  return {
    ...review,
    ...{ firstIndex: first, lastIndex: last },
    reason: await shownText(people, review.reason),
    reviewerName: await shownName(people, review.reviewer),
  };
}

const outcomeProblems = (outcome: string): readonly Problem[] =>
  (reviewOutcomes as readonly string[]).includes(outcome)
    ? []
    : [
        {
          ...{ code: 'OUTCOME_UNKNOWN', field: 'outcome', message: 'is what the review came to' },
          ...{ found: outcome.slice(0, 120), fix: `one of ${reviewOutcomes.join(', ')}` },
        },
      ];
