import { describe, expect, it } from '@jest/globals';
import { systemClock } from '#kernel';
import { openPresent, type Present } from './present.js';
import { assertRoom, quotasOf, withinQuotas } from './quotas.js';
import type { QueueDocument } from './queue.projection.js';

const of = (namespace: string) => ({ namespace, id: namespace }) as QueueDocument;
const waiting = ['a', 'b', 'c'].map(of);
const allowed = (held: readonly string[], quotas: string) =>
  withinQuotas(waiting, held.map(of), quotasOf(quotas)).map(({ id }) => id);

describe('quotas', () => {
  it('are nobody’s unless somebody is given one', () => {
    expect(allowed(['a', 'a', 'a'], '')).toEqual(['a', 'b', 'c']);
  });

  it('hold back a namespace that has as many runs as it may, and no other', () => {
    expect(allowed(['a'], 'a=2,b=1')).toEqual(['a', 'b', 'c']);
    expect(allowed(['a', 'a', 'b'], 'a=2,b=1')).toEqual(['c']);
  });

  it('may be one for every other namespace', () => {
    expect(allowed(['a', 'b'], 'a=2,*=1')).toEqual(['a', 'c']);
  });
});

describe('room in the queue', () => {
  const present = (counts: Readonly<Record<string, number>>) =>
    ({
      waitingCount: (namespace?: string) =>
        namespace === undefined
          ? Object.values(counts).reduce((sum, count) => sum + count, 0)
          : (counts[namespace] ?? 0),
    }) as unknown as Present;
  const limits = { queueLimit: 10, namespaceQueueLimit: 4 };
  const full = (message: string, limit: number) =>
    expect.objectContaining({
      ...{ kind: 'exhausted', code: 'QUEUE_FULL', facts: { limit, retryAfterMs: 5_000 } },
      message: expect.stringContaining(message),
    });

  it('ends for a namespace before it ends for all', () => {
    expect(() => assertRoom(present({ a: 3 }), 'a', limits)).not.toThrow();
    expect(() => assertRoom(present({ a: 4 }), 'b', limits)).not.toThrow();
    expect(() => assertRoom(present({ a: 4 }), 'a', limits)).toThrow(full('in a', 4));
    expect(() => assertRoom(present({ a: 4, b: 4, c: 2 }), 'd', limits)).toThrow(full('here', 10));
  });

  it('is not known before the queue was read', () => {
    const now = openPresent(systemClock);
    const unknown = expect.objectContaining({ kind: 'unavailable', code: 'NOT_READY' });
    expect(() => assertRoom(now, 'a', limits)).toThrow(unknown);
    now.begin([]);
    now.ready();
    expect(() => assertRoom(now, 'a', limits)).not.toThrow();
  });
});
