import { randomUUID } from 'node:crypto';
import { expect, it } from '@jest/globals';
import type { StreamId } from '#kernel';
import { maxEventBytes, type EventToAppend, type ExpectedRevision } from '../event-store.js';
import { all, event, events, idsOf, newStream, outcome, sample, withStore } from './samples.js';
import type { OpenUnderTest } from './under-test.js';

const id = randomUUID();
const badStreams: readonly unknown[] = [
  ...['', 'run', 'run-', `run-${id}x`, `run-${id.toUpperCase()}A`, `Run-${id}`, `run1-${id}`, `-${id}`],
  ...[
    `run-${id}\n`,
    `$all`,
    `run-${id}/..`,
    ` run-${id}`,
    undefined,
    null,
    7,
    { toString: () => `run-${id}` },
  ],
];
const badRevisions: readonly unknown[] = [-1, -2, 0.5, NaN, Infinity, 2 ** 60, '0', null, 'any', undefined];
const badEvents: readonly (readonly [string, unknown])[] = [
  ...['', 'x', id.toUpperCase(), `${id}\n`, `{${id}}`, id.replaceAll('-', ''), undefined, 7].map(
    (eventId) => [`event id ${JSON.stringify(eventId)}`, { ...event(), eventId }] as const,
  ),
  ['an object for an event id', { ...event(), eventId: { toString: () => id } }],
  ...['', 'happened', 'Hap pened', 'Häppened', 'A'.repeat(101), 'A\n', '$X', undefined, 7].map(
    (type) => [`type ${JSON.stringify(type)}`, { ...event(), type }] as const,
  ),
  ['a byte too many', event(sample(maxEventBytes + 1))],
  ...['text', undefined, null, 7, [1, 2], new Uint16Array(2), { length: 3 }].map(
    (bytes) => [`bytes ${JSON.stringify(bytes)}`, { ...event(), bytes }] as const,
  ),
  ['no event', undefined],
];

export function refusing(open: OpenUnderTest): void {
  const check = withStore(open);

  it(
    'says which revision was expected and which there is',
    check(async ({ store }) => {
      const stream = newStream();
      const wrong = (expected: number, actual: number) =>
        expect.objectContaining({ kind: 'conflict', code: 'WRONG_REVISION', facts: { expected, actual } });
      await expect(store.append(stream, 0, events(1))).rejects.toEqual(wrong(0, -1));
      await store.append(stream, 'none', events(3));
      await expect(store.append(stream, 'none', events(1))).rejects.toEqual(wrong(-1, 2));
      await expect(store.append(stream, 1, events(1))).rejects.toEqual(wrong(1, 2));
      await expect(store.append(stream, 3, events(1))).rejects.toEqual(wrong(3, 2));
      expect(await all(store.readAll())).toHaveLength(3);
    }),
  );

  it(
    'an event id at another place, with other bytes or another type',
    check(async ({ store, reopen }) => {
      const [stream, other, fresh, batch] = [newStream(), newStream(), newStream(), events(2)];
      const [first, second] = batch as [EventToAppend, EventToAppend];
      await store.append(stream, 'none', batch);
      await store.append(other, 'none', events(2));
      const reused = { kind: 'already-exists', code: 'EVENT_ID_REUSED' };
      const refused: readonly (readonly [StreamId, ExpectedRevision, readonly EventToAppend[]])[] = [
        [stream, 1, batch],
        [other, 1, [first]],
        [fresh, 'none', batch],
        [fresh, 'none', [event(), first]],
        [stream, 'none', [second, first]],
        [stream, 'none', [{ ...first, bytes: sample(2) }, second]],
        [stream, 'none', [first, { ...second, type: 'Another' }]],
        [stream, 1, [event(), first]],
      ];
      for (const [where, expected, again] of refused)
        expect(await outcome(store.append(where, expected, again))).toEqual(reused);
      expect(await all(store.readAll())).toHaveLength(4);
      const again = await reopen();
      expect(await again.append(fresh, 'none', events(1))).toMatchObject({ revision: 0 });
      expect(await again.append(stream, 1, events(1))).toMatchObject({ revision: 2 });
      expect(await all(again.readAll())).toHaveLength(6);
    }),
  );

  it(
    'input that is not as typed, whole, and nothing of it arrives',
    check(async ({ store }) => {
      const stream = newStream();
      const refused = async (call: Promise<unknown>, code: unknown = expect.any(String)) =>
        expect(await outcome(call)).toEqual({ kind: 'invalid', code });
      await refused(store.append(stream, 'none', []), 'EMPTY_APPEND');
      for (const bad of badStreams) {
        await refused(store.append(bad as StreamId, 'none', events(1)), 'STREAM_ID');
        await refused(all(store.readStream(bad as StreamId)), 'STREAM_ID');
      }
      for (const bad of badRevisions)
        await refused(store.append(stream, bad as ExpectedRevision, events(1)), 'EXPECTED_REVISION');
      const twice = event();
      await refused(store.append(stream, 'none', [event(), twice, twice]), 'EVENT_ID_REPEATED');
      expect(await store.head()).toBeUndefined();
    }),
  );

  it.each(badEvents)('a batch with %s in it, whole', (_, bad) =>
    check(async ({ store }) => {
      const batch = [event(), bad as EventToAppend, event()];
      expect(await outcome(store.append(newStream(), 'none', batch))).toEqual({
        kind: 'invalid',
        code: expect.any(String),
      });
      expect(await store.head()).toBeUndefined();
    })(),
  );

  it(
    'one caller without touching its neighbours in the same moment',
    check(async ({ store }) => {
      const taken = newStream();
      await store.append(taken, 'none', events(1));
      const good = Array.from({ length: 30 }, () => [newStream(), events(2)] as const);
      const calls = good.flatMap(([stream, batch]) => [
        outcome(store.append(stream, 'none', batch)),
        outcome(store.append(taken, 'none', events(2))),
        outcome(store.append(newStream(), 'none', [event(sample(maxEventBytes + 1))])),
        outcome(store.append(newStream(), 'none', [batch[1]!, event()])),
      ]);
      for (const [i, result] of (await Promise.all(calls)).entries()) {
        const expected = [
          { revision: 1, position: expect.any(String) },
          { kind: 'conflict', code: 'WRONG_REVISION' },
          { kind: 'invalid', code: 'EVENT_TOO_LARGE' },
          { kind: 'already-exists', code: 'EVENT_ID_REUSED' },
        ];
        expect(result).toEqual(expected[i % 4]);
      }
      for (const [stream, batch] of good)
        expect(idsOf(await all(store.readStream(stream)))).toEqual(idsOf(batch));
      expect(await all(store.readAll())).toHaveLength(61);
    }),
  );
}
