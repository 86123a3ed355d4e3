import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Position } from '@eventstore/db-client';
import {
  all,
  append,
  events,
  failureOf,
  first,
  here,
  newStream,
  type Behaviour,
  type Checked,
} from './behaviour.js';

const revisions = async ({ client }: Checked, stream: string): Promise<number[]> =>
  (await all(client.readStream(stream))).map(({ event }) => Number(event?.revision));

const inAll = async (
  { client }: Checked,
  fromPosition: Position,
  stream: string,
): Promise<(string | undefined)[]> =>
  (await all(client.readAll({ fromPosition })))
    .filter(({ event }) => event?.streamId === stream)
    .map(({ event }) => event?.type);

async function softDeleted(server: Checked): Promise<string> {
  const stream = newStream();
  await append(server, stream, events(3));
  await server.client.deleteStream(stream);
  return stream;
}

export const deleting: readonly Behaviour[] = [
  {
    name: 'a deleted stream is not found',
    async check(server) {
      const stream = await softDeleted(server);
      assert.equal((await failureOf(revisions(server, stream)))['type'], 'stream-not-found');
    },
  },
  {
    name: 'events of a deleted stream stay in $all',
    async check(server) {
      const start = await here(server);
      const stream = await softDeleted(server);
      assert.deepEqual(await inAll(server, start, stream), ['Checked', 'Checked', 'Checked']);
    },
  },
  ...(['no_stream', 'any', 2n] as const).map((expected) => ({
    name: `a deleted stream begins again with an append at ${expected}, its revisions go on`,
    check: async (server: Checked) => {
      const stream = await softDeleted(server);
      assert.equal((await append(server, stream, events(2), expected)).nextExpectedRevision, 4n);
      assert.deepEqual(await revisions(server, stream), [3, 4]);
    },
  })),
  {
    name: 'stream-exists is refused for a deleted stream: stream deleted',
    async check(server) {
      const stream = await softDeleted(server);
      const failure = await failureOf(append(server, stream, events(1), 'stream_exists'));
      assert.equal(failure['type'], 'stream-deleted');
    },
  },
  {
    name: 'a delete at another revision is refused, and of a stream that never was',
    async check(server) {
      const stream = newStream();
      await append(server, stream, events(2));
      const wrong = await failureOf(server.client.deleteStream(stream, { expectedRevision: 0n }));
      assert.deepEqual([wrong['type'], wrong['actualVersion']], ['wrong-expected-version', 1n]);
      const never = await failureOf(server.client.deleteStream(newStream()));
      assert.equal(never['type'], 'wrong-expected-version');
    },
  },
  {
    name: 'a tombstoned stream refuses reads, appends, deletes and subscriptions',
    async check(server) {
      const stream = newStream();
      await append(server, stream, events(2));
      await server.client.tombstoneStream(stream);
      const tries = [
        revisions(server, stream),
        append(server, stream, events(1)),
        append(server, stream, events(1), 1n),
        server.client.deleteStream(stream),
        first(1, server.client.subscribeToStream(stream)),
      ];
      for (const failure of await Promise.all(tries.map((tried) => failureOf(tried))))
        assert.equal(failure['type'], 'stream-deleted');
    },
  },
  {
    name: 'a tombstone is an event of $all, after those of its stream',
    async check(server) {
      const stream = newStream();
      const start = await here(server);
      await append(server, stream, events(1));
      await server.client.tombstoneStream(stream);
      assert.deepEqual(await inAll(server, start, stream), ['Checked', '$streamDeleted']);
    },
  },
  {
    name: 'a tombstone ends a subscription to its stream',
    async check(server) {
      const stream = newStream();
      await append(server, stream, events(1));
      const subscription = server.client.subscribeToStream(stream);
      const found = failureOf(first(3, subscription));
      await once(subscription, 'caughtUp');
      await server.client.tombstoneStream(stream);
      assert.equal((await found)['type'], 'stream-deleted');
    },
  },
  {
    name: 'metadata of a stream comes back as it was set',
    async check({ client }) {
      const stream = newStream();
      await client.setStreamMetadata(stream, { maxCount: 2, owner: 'me' });
      assert.deepEqual((await client.getStreamMetadata(stream)).metadata, { maxCount: 2, owner: 'me' });
    },
  },
  ...(
    [
      ['$maxCount', { maxCount: 2 }, [3, 4]],
      ['$tb', { truncateBefore: 3 }, [3, 4]],
      ['$maxAge', { maxAge: 1_000_000 }, [0, 1, 2, 3, 4]],
    ] as const
  ).map(([key, metadata, expected]) => ({
    name: `${key} says how much of a stream is read, $all has the rest`,
    check: async (server: Checked) => {
      const stream = newStream();
      const start = await here(server);
      await append(server, stream, events(5));
      await server.client.setStreamMetadata(stream, metadata);
      assert.deepEqual(await revisions(server, stream), expected);
      assert.equal((await inAll(server, start, stream)).length, 5);
    },
  })),
];
