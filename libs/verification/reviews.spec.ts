import { describe, expect, it } from '@jest/globals';
import type { JsonObject } from '#kernel';
import type { Finding } from './findings.js';
import { checkReviews } from './reviews.js';

const [root, other] = ['AA==', 'AB=='];
const log = {
  size: 100,
  sizeNow: () => Promise.resolve(120),
  rootAt: (size: number) => Promise.resolve(size === 50 ? root : undefined),
};

async function messagesOf(data: JsonObject): Promise<string[]> {
  const found: Finding[] = [];
  const event = { index: 110, stream: 'review-x', revision: 0, eventId: 'e', type: 'TrailReviewed' };
  await checkReviews(
    {
      async *judged() {
        yield { ...event, data, metadata: {} };
      },
      event: () => Promise.resolve(undefined),
    },
    log,
    (finding) => found.push(finding),
  );
  return found.map(({ message, ...where }) => {
    const { type: _, ...place } = event;
    expect(where).toEqual({ code: 'REVIEW_DIFFERS', ...place });
    return message;
  });
}

const of = (first: string, last: string, size: string, said = root): JsonObject => ({
  ...{ first, last },
  log: { size, root: said },
});

describe('a review', () => {
  it.each([
    ['of a range under the root of then', of('0', '49', '50')],
    ['of a log that has grown since it was held against history', of('0', '4', '120')],
    ['by a root that damaged files do not say', of('0', '4', '60', other)],
  ])('%s is no finding', async (_, data) => expect(await messagesOf(data)).toEqual([]));

  it.each([
    ['by another root', of('0', '49', '50', other), 'the log has root AA== at size 50, the review has AB=='],
    ['of more than its log had', of('0', '50', '50'), '0 to 50 is no range of a log of 50 entries'],
    ['of a range that ends before it begins', of('9', '8', '50'), '9 to 8 is no range'],
    ['of a log that there never was', of('0', '4', '121'), 'it is of a log of 121 entries; there are 100'],
    ['of nothing', { first: 1, log: 'all' }, 'it names no range of a log'],
  ])('%s is named', async (_, data, message) =>
    expect(await messagesOf(data)).toEqual([expect.stringContaining(message)]),
  );
});
