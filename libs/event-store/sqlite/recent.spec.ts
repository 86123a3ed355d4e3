import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { streamId, streamKind } from '#kernel';
import type { StoredEvent } from '../event-store.js';
import { idsOf } from '../testing/samples.js';
import { openRecent, type Recent } from './recent.js';

const streams = ['run', 'run', 'sweep'].map((kind) => streamId(kind, randomUUID()));
const appends = fc.array(
  fc.record({ stream: fc.nat(2), count: fc.integer({ min: 1, max: 400 }), bytes: fc.nat(3000) }),
  { minLength: 1, maxLength: 60 },
);

/** Appends to it and gives the whole history, from the sequence number 1 on. */
function filled(recent: Recent, given: readonly { stream: number; count: number; bytes: number }[]) {
  const history: StoredEvent[] = [];
  for (const { stream: index, count, bytes } of given) {
    const stream = streams[index]!;
    const before = history.filter((event) => event.stream === stream).length;
    const body = new Uint8Array(bytes);
    const events = Array.from({ length: count }, () => ({
      eventId: randomUUID(),
      type: 'Happened',
      bytes: body,
    }));
    recent.add(
      { stream, expected: before - 1, events },
      { revision: before + count - 1, seq: history.length + count },
    );
    for (const [i, event] of events.entries()) {
      const position = String(history.length + 1) as StoredEvent['position'];
      history.push({ ...event, stream, revision: before + i, position });
    }
  }
  return history;
}

describe('recent events', () => {
  it('are found as they would be on disk, or not at all', () => {
    fc.assert(
      fc.property(appends, fc.array(fc.double({ min: 0, max: 1.1, noNaN: true })), (given, cuts) => {
        const recent = openRecent(0);
        const history = filled(recent, given);
        const upTo = history.length;
        for (const cut of [...cuts, 0, 1]) {
          const from = Math.floor(cut * upTo) + 1;
          for (const kinds of [undefined, ['sweep'], ['run', 'sweep'], []]) {
            const found = recent.find({ from, upTo, limit: Infinity, ...(kinds ? { kinds } : {}) });
            if (found === undefined) continue;
            const wanted = history
              .slice(from - 1, found.next - 1)
              .filter(({ stream }) => kinds?.includes(streamKind(stream)) ?? true);
            expect(idsOf(found.events)).toEqual(idsOf(wanted));
            expect(found.end).toBe(found.next > upTo);
          }
        }
        for (const stream of streams) {
          const own = history.filter((event) => event.stream === stream);
          const from = Math.floor((cuts[0] ?? 0) * own.length);
          const found = recent.find({ stream, from, upTo, limit: 70 });
          if (found === undefined) continue;
          expect(idsOf(found.events)).toEqual(idsOf(own.slice(from, from + 70)));
          expect(found.events[0]).toEqual(own[from]);
          expect(found.end).toBe(from + 70 >= own.length);
        }
      }),
      { numRuns: 25 },
    );
  });

  it('are bounded by number and by bytes, and the newest is always there', () => {
    for (const bytes of [0, 100_000]) {
      const recent = openRecent(0);
      const given = Array.from({ length: 200 }, () => ({ stream: 0, count: 40, bytes }));
      const history = filled(recent, given);
      const upTo = history.length;
      const held = history.filter((_, i) => recent.find({ from: i + 1, upTo, limit: 1 }) !== undefined);
      expect(held.length).toBeLessThanOrEqual(bytes === 0 ? 4096 : 41);
      expect(held.at(-1)).toEqual(history.at(-1));
      expect(recent.find({ from: 1, upTo, limit: 1 })).toBeUndefined();
    }
  });

  it('are the same objects for everybody, and cannot be changed', () => {
    const recent = openRecent(0);
    filled(recent, [{ stream: 0, count: 2, bytes: 1 }]);
    const [one, two] = [1, 1].map((from) => recent.find({ from, upTo: 2, limit: 1 })?.events[0]);
    expect(one).toBe(two);
    expect(Object.isFrozen(one)).toBe(true);
  });
});
