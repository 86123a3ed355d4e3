import { randomUUID } from 'node:crypto';
import { expect, it } from '@jest/globals';
import type { StreamId } from '#kernel';
import {
  maxAppendBytes,
  maxEventBytes,
  roomPerEventBytes,
  type EventStore,
  type EventToAppend,
  type ExpectedRevision,
} from '../event-store.js';
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
    'an event id at another place, with other bytes or another type, whoever asks',
    check(async ({ store, connect, reopen }) => {
      // Connected before there is anything to know.
      const other = await connect();
      const [stream, batch] = [newStream(), events(2)];
      const [first, second] = batch as [EventToAppend, EventToAppend];
      await store.append(stream, 'none', batch);
      await store.append(stream, 1, events(2));
      const reused = { kind: 'already-exists', code: 'EVENT_ID_REUSED' };
      const refused: readonly (readonly [StreamId, ExpectedRevision, readonly EventToAppend[]])[] = [
        [stream, 1, batch],
        [stream, 3, [first]],
        [stream, 3, [event(), second]],
        [stream, 7, [event(), first]],
        [stream, 'none', [second, first]],
        [stream, 'none', [{ ...first, bytes: sample(2) }, second]],
        [stream, 'none', [first, { ...second, type: 'Another' }]],
        [stream, 1, [event(), first]],
      ];
      const everyone = async (client: EventStore) => {
        for (const [where, expected, again] of refused)
          expect(await outcome(client.append(where, expected, again))).toEqual(reused);
        expect(await all(client.readAll())).toHaveLength(4);
      };
      await everyone(store);
      await everyone(other);
      const again = await reopen();
      await everyone(again);
      expect(await again.append(newStream(), 'none', events(1))).toMatchObject({ revision: 0 });
      expect(await again.append(stream, 3, events(1))).toMatchObject({ revision: 4 });
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
    'more in one append than every engine can take, whole; what is just not too much is taken',
    check(async ({ store }) => {
      const room = maxAppendBytes - 3 * roomPerEventBytes;
      const batch = (sizeBytes: number) =>
        [Math.floor(room / 2), Math.floor(room / 2), sizeBytes].map((size) =>
          event(sample(size), 'A'.repeat(100)),
        );
      const stream = newStream();
      const over = batch((room % 2) + 1);
      expect(await outcome(store.append(stream, 'none', over))).toEqual({
        kind: 'invalid',
        code: 'APPEND_TOO_LARGE',
      });
      const many = Array.from({ length: maxAppendBytes / roomPerEventBytes }, () => event(new Uint8Array()));
      expect(await outcome(store.append(stream, 'none', [...many, event('')]))).toMatchObject({
        code: 'APPEND_TOO_LARGE',
      });
      expect(await store.head()).toBeUndefined();
      expect(await store.append(stream, 'none', batch(room % 2))).toMatchObject({ revision: 2 });
      expect(await store.append(stream, 2, many)).toMatchObject({ revision: 2 + many.length });
    }),
  );

  it(
    'one caller without touching its neighbours in the same moment',
    check(async ({ store }) => {
      const [taken, there] = [newStream(), events(1)];
      await store.append(taken, 'none', there);
      const good = Array.from({ length: 30 }, () => [newStream(), events(2)] as const);
      const calls = good.flatMap(([stream, batch]) => [
        outcome(store.append(stream, 'none', batch)),
        outcome(store.append(taken, 'none', events(2))),
        outcome(store.append(newStream(), 'none', [event(sample(maxEventBytes + 1))])),
        outcome(store.append(taken, 0, [event(), there[0]!])),
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
