import { describe, expect, it } from '@jest/globals';
import { streamId, type Instant } from '#kernel';
import { nameId } from '#evidence';
import { parkedPage, type RunningReactor } from './index.js';
import type { ParkedEvent } from './parking.js';

const event = (n: number): ParkedEvent => ({
  eventId: nameId('event', `${n}`),
  stream: streamId('run', nameId('run', `${n}`)),
  revision: n,
  type: 'RunCompleted',
  reason: 'BROKEN: it is',
  parkedAt: `2026-11-26T09:00:0${n}.000Z` as Instant,
});
const reactor = (name: string, parked: readonly ParkedEvent[]): RunningReactor => ({
  name,
  parked: () => Promise.resolve(parked),
  retryParked: () => Promise.resolve(parked.length),
  failing: () => undefined,
  caughtUp: () => true,
  lag: () => Promise.resolve(undefined),
  close: () => Promise.resolve(),
});

describe('what was put aside', () => {
  it('is listed by reactor and time, in pages without gap or repeat, whatever is handled meanwhile', async () => {
    const [a, b] = [[event(2), event(1), event(3)], [event(0)]];
    const page = async (parked: readonly ParkedEvent[], pageToken = '') =>
      parkedPage([reactor('b', b), reactor('a', parked)], { pageSize: 2, pageToken });
    const first = await page(a);
    expect(first.items.map(({ reactor, revision }) => `${reactor}${revision}`)).toEqual(['a1', 'a2']);
    for (const now of [a, [event(3)]]) {
      const second = await page(now, first.nextPageToken);
      expect(second.items.map(({ reactor, revision }) => `${reactor}${revision}`)).toEqual(['a3', 'b0']);
      expect(second.nextPageToken).toBe('');
    }
  });

  it('refuses the token of another list', async () => {
    await expect(parkedPage([], { pageSize: 1, pageToken: 'x' })).rejects.toMatchObject({
      code: 'PAGE_TOKEN_STALE',
    });
  });
});
