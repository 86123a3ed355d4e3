import type { auditor } from '#contracts';
import { commandKey } from '../command-key.js';
import { exitStatus } from '../exit-status.js';
import { showList, showOne } from '../output/format.js';
import { listed, wholeNumber } from '../output/pages.js';
import { facts, type Column } from '../output/table.js';
import { shortId, when } from '../output/units.js';
import { text, type Action } from '../verb.js';
import { personText } from '../view/person-text.js';
import { plain } from '../view/plain.js';

type Review = auditor.Review;

export const record: Action = async (session, [first = '', last = ''], options) => {
  const { terminal, format, quiet } = session;
  const range = { first, last };
  const { auditor } = await session.connection();
  const { review } = await auditor.recordReview(
    {
      firstIndex: wholeNumber(range, 'first', 0, 0, 'FIRST'),
      lastIndex: wholeNumber(range, 'last', 0, 0, 'LAST'),
      outcome: text(options, 'outcome') ?? '',
      reason: text(options, 'reason') ?? '',
    },
    commandKey(),
  );
  if (review === undefined) throw new Error('the server answered without a review');
  if (quiet) terminal.out(review.id);
  else await showOne(terminal, format, plain(review), () => reviewText(review));
  return exitStatus.success;
};

export const list: Action = async (session, _args, options) => {
  const { terminal, format, quiet } = session;
  const filter = text(options, 'index') === undefined ? {} : { index: wholeNumber(options, 'index', 0, 0) };
  const { auditor } = await session.connection();
  const rows = await listed(terminal, options, async (page) => {
    const answer = await auditor.listReviews({ ...filter, ...page }, { repeatable: true });
    return { rows: answer.reviews, nextPageToken: answer.nextPageToken };
  });
  const view = {
    columns,
    json: (row: Review) => plain(row),
    id: ({ id }: Review) => id,
    empty: `nobody has reviewed ${'index' in filter ? 'this entry' : 'the trail'}; \`holdfast audit review FIRST LAST\` records it`,
  };
  await showList(terminal, format, rows, view, quiet);
  return exitStatus.success;
};

const reviewText = (review: Review): string =>
  facts([
    ['review', review.id],
    ['of', `${review.firstIndex} to ${review.lastIndex}`],
    ['outcome', review.outcome],
    ['log', `${review.logSize} entries, root ${review.root}`],
    ['reviewer', personText(review.reviewer, review.reviewerName, true)],
    ['when', when(review.reviewedAt)],
    ['reason', review.reason],
  ]);

const columns: readonly Column<Review>[] = [
  { title: 'id', value: ({ id }) => shortId(id) },
  { title: 'when', value: ({ reviewedAt }) => when(reviewedAt) },
  { title: 'first', align: 'right', value: ({ firstIndex }) => firstIndex },
  { title: 'last', align: 'right', value: ({ lastIndex }) => lastIndex },
  { title: 'outcome', value: ({ outcome }) => outcome },
  { title: 'reviewer', value: ({ reviewer, reviewerName }) => personText(reviewer, reviewerName) },
  { title: 'reason', value: ({ reason }) => reason },
  { title: 'log', wide: true, align: 'right', value: ({ logSize }) => logSize },
  { title: 'root', wide: true, value: ({ root }) => root },
];
