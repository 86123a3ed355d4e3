import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { EventData } from '@eventstore/db-client';
import { all, append, events, failureOf, newStream, revisionsOf, type Behaviour } from './behaviour.js';

export const limits: readonly Behaviour[] = [
  {
    name: 'an append of 1 MiB is taken, of one byte more refused, and nothing of it written',
    async check(server) {
      const stream = newStream();
      const withBytes = (bytes: number): EventData[] => [
        ...events(1, 'Half', Buffer.alloc(bytes / 2 - 8)),
        ...events(1, 'Half', Buffer.alloc(bytes - bytes / 2 - 8)),
      ];
      await append(server, stream, withBytes(1024 * 1024), 'no_stream');
      const failure = await failureOf(
        append(server, stream, [...withBytes(1024 * 1024), ...events(1, '', new Uint8Array(1))], 1n),
      );
      assert.deepEqual(
        [failure['type'], failure['maxAppendSize']],
        ['maximum-append-size-exceeded', 1024 * 1024],
      );
      assert.equal((await revisionsOf(server, stream)).length, 2);
    },
  },
  {
    name: 'an append that comes in several messages is one append',
    async check(server) {
      const stream = newStream();
      const appended = events(10, 'Part', Buffer.alloc(1000));
      const result = await server.client.appendToStream(stream, appended, {
        expectedRevision: 'no_stream',
        batchAppendSize: 2500,
      });
      assert.equal(result.nextExpectedRevision, 9n);
    },
  },
  {
    name: 'an append whose deadline is over when it comes is answered so, and not written',
    async check(server) {
      const stream = newStream();
      const late = server.client.appendToStream(stream, events(1), { deadline: -60_000 });
      assert.equal((await failureOf(late))['type'], 'deadline-exceeded');
      assert.equal((await failureOf(all(server.client.readStream(stream))))['type'], 'stream-not-found');
    },
  },
  {
    name: 'an append of no events succeeds and says nothing of use',
    async check(server) {
      const stream = newStream();
      assert.equal((await append(server, stream, [], 'no_stream')).success, true);
      assert.equal((await failureOf(all(server.client.readStream(stream))))['type'], 'stream-not-found');
    },
  },
  {
    name: 'an append by the older call gives and refuses the same',
    async check(server) {
      // With credentials the client does not batch.
      const older = { credentials: { username: 'admin', password: 'changeit' } };
      const stream = newStream();
      const appended = events(2);
      const first = await server.client.appendToStream(stream, appended, {
        ...older,
        expectedRevision: 'no_stream',
      });
      const again = await server.client.appendToStream(stream, appended, {
        ...older,
        expectedRevision: 'no_stream',
      });
      assert.deepEqual(again, first);
      const wrong = await failureOf(
        server.client.appendToStream(stream, events(1), { ...older, expectedRevision: 7n }),
      );
      assert.deepEqual(
        [wrong['type'], wrong['actualVersion'], wrong['expectedVersion']],
        ['wrong-expected-version', 1n, 7n],
      );
      const large = await failureOf(
        server.client.appendToStream(stream, events(2, 'Large', Buffer.alloc(600_000)), older),
      );
      assert.deepEqual(
        [large['type'], large['maxAppendSize']],
        ['maximum-append-size-exceeded', 1024 * 1024],
      );
    },
  },
  {
    name: 'an id that is no UUID is refused',
    async check(server) {
      const bad = { ...events(1)[0], id: `${randomUUID()}x` } as EventData;
      await failureOf(append(server, newStream(), [bad]));
    },
  },
];
