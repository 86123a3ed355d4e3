import { describe, expect, it } from '@jest/globals';
import { epochMs, toInstant, type Instant } from '#kernel';
import { arrange } from './queue-order.js';
import type { QueueDocument } from './queue.projection.js';

const now = '2026-01-31T12:00:00.000Z' as Instant;
const ago = (minutes: number): Instant => toInstant(epochMs(now) - minutes * 60_000);
let order = 0;
const waiting = (id: string, more: Partial<QueueDocument> = {}): QueueDocument =>
  ({ id, namespace: 'a', priority: 0, order: order++, submittedAt: now, ...more }) as QueueDocument;
const held = (...namespaces: string[]) => namespaces.map((namespace) => ({ namespace }));
const next = (runs: readonly QueueDocument[], running: readonly string[] = [], at = now) =>
  arrange(runs, held(...running), at).map(({ id }) => id);

describe('the queue', () => {
  it('goes by recorded order among equals', () => {
    expect(next([waiting('one'), waiting('two'), waiting('three')].reverse())).toEqual([
      ...['one', 'two', 'three'],
    ]);
  });

  it('takes the highest priority first', () => {
    expect(
      next([waiting('low', { priority: -1 }), waiting('mid'), waiting('high', { priority: 1 })]),
    ).toEqual(['high', 'mid', 'low']);
  });

  it('prefers the namespace with the fewest runs held, whatever the length of its queue', () => {
    const many = Array.from({ length: 5 }, (_, i) => waiting(`a${i}`, { submittedAt: ago(600) }));
    expect(next([...many, waiting('b', { namespace: 'b' })], ['a'])[0]).toBe('b');
    expect(next([...many, waiting('b', { namespace: 'b' })], ['b', 'b', 'a'])[0]).toBe('a0');
  });

  it('lets nobody starve: who has waited long enough is as urgent as the most urgent, and never more', () => {
    const old = waiting('old', { priority: -100, submittedAt: ago(24 * 60) });
    expect(next([waiting('new', { priority: 100 }), old])).toEqual(['old', 'new']);
    const young = waiting('young', { priority: -100, submittedAt: ago(5) });
    expect(next([waiting('new', { priority: 100 }), young])).toEqual(['new', 'young']);
    const busy = waiting('busy', { namespace: 'b', priority: 1, submittedAt: ago(24 * 60) });
    expect(next([busy, waiting('idle', { priority: 1 })], ['b'])).toEqual(['idle', 'busy']);
  });

  it('does not mind a clock that is behind', () => {
    expect(next([waiting('one'), waiting('two')], [], ago(60))).toEqual(['one', 'two']);
  });
});
