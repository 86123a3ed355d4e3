import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { binaryEvent, jsonEvent, type EventData } from '@eventstore/db-client';
import { all, append, events, failureOf, here, newStream, type Behaviour } from './behaviour.js';

const revisions = async (
  client: Parameters<Behaviour['check']>[0]['client'],
  stream: string,
): Promise<bigint[]> => (await all(client.readStream(stream))).map(({ event }) => event?.revision ?? -1n);

export const appending: readonly Behaviour[] = [
  {
    name: 'an append answers with the revision and the position of its last event',
    async check(server) {
      const stream = newStream();
      const { nextExpectedRevision, position } = await append(server, stream, events(3), 'no_stream');
      const [last] = await all(
        server.client.readStream(stream, { fromRevision: 'end', direction: 'backwards', maxCount: 1 }),
      );
      assert.equal(nextExpectedRevision, 2n);
      assert.deepEqual(position, last?.event?.position);
    },
  },
  {
    name: 'several events of one append are contiguous and in order, in the stream and in $all',
    async check(server) {
      const streams = [newStream(), newStream()];
      const appended = [events(20), events(20)];
      const fromPosition = await here(server);
      await Promise.all(streams.map((stream, index) => append(server, stream, appended[index] ?? [])));
      const ids = (await all(server.client.readAll({ fromPosition }))).map(({ event }) => event?.id);
      for (const own of appended.map((list) => list.map(({ id }) => id))) {
        const start = ids.indexOf(own[0]);
        assert.deepEqual(ids.slice(start, start + own.length), own);
      }
    },
  },
  {
    name: 'data and metadata of a binary event come back byte for byte',
    async check(server) {
      const stream = newStream();
      const data = Buffer.from([0, 255, 128, 13, 10, ...Buffer.from('{"a":1.0,"a":1e400}')]);
      const metadata = Buffer.from([255, 0, 1]);
      await server.client.appendToStream(stream, binaryEvent({ type: 'Bytes', data, metadata }));
      const [read] = await all(server.client.readStream(stream));
      assert.deepEqual(Buffer.from(read?.event?.data as Uint8Array), data);
      assert.deepEqual(Buffer.from(read?.event?.metadata as Uint8Array), metadata);
      assert.equal(read?.event?.isJson, false);
    },
  },
  {
    name: 'an event without data and a JSON event are told from each other',
    async check(server) {
      const stream = newStream();
      const json = jsonEvent({ type: 'Json', data: { text: 'é' } });
      const empty = binaryEvent({ type: 'Empty', data: new Uint8Array(0) });
      await server.client.appendToStream(stream, [json, empty]);
      const read = (await all(server.client.readStream(stream))).map(({ event }) => event);
      assert.deepEqual(
        read.map((event) => [event?.type, event?.isJson, event?.id]),
        [
          ['Json', true, json.id],
          ['Empty', false, empty.id],
        ],
      );
      assert.deepEqual(read[0]?.data, { text: 'é' });
      assert.equal((read[1]?.data as Uint8Array).length, 0);
    },
  },
  {
    name: 'names of streams and types may be any Unicode text',
    async check(server) {
      const stream = newStream('проба-💾 a/b');
      await append(server, stream, events(1, 'Тип ✓'));
      const [read] = await all(server.client.readStream(stream));
      assert.deepEqual([read?.event?.streamId, read?.event?.type], [stream, 'Тип ✓']);
    },
  },
  {
    name: 'an event says when it was created, by the clock of the server',
    async check(server) {
      const stream = newStream();
      const before = Date.now() - 1;
      await append(server, stream, events(1));
      const [read] = await all(server.client.readStream(stream));
      const created = read?.event?.created.getTime() ?? 0;
      assert.ok(created >= before && created <= Date.now() + 1, `${created}`);
    },
  },
  {
    name: 'no-stream is refused once there is a stream, and the current revision told',
    async check(server) {
      const stream = newStream();
      await append(server, stream, events(2));
      const failure = await failureOf(append(server, stream, events(1), 'no_stream'));
      assert.deepEqual(
        [failure['type'], failure['actualVersion'], failure['expectedVersion']],
        ['wrong-expected-version', 1n, 'no_stream'],
      );
    },
  },
  {
    name: 'a revision that is not the last one is refused, behind and ahead of it',
    async check(server) {
      const stream = newStream();
      await append(server, stream, events(2));
      for (const revision of [0n, 2n]) {
        const failure = await failureOf(append(server, stream, events(1), revision));
        assert.deepEqual(
          [failure['type'], failure['actualVersion'], failure['expectedVersion']],
          ['wrong-expected-version', 1n, revision],
        );
      }
      assert.equal((await append(server, stream, events(1), 1n)).nextExpectedRevision, 2n);
    },
  },
  {
    name: 'a revision of a stream that never was is refused, and told to be none',
    async check(server) {
      const failure = await failureOf(append(server, newStream(), events(1), 0n));
      assert.deepEqual([failure['type'], failure['actualVersion']], ['wrong-expected-version', 'no_stream']);
    },
  },
  {
    name: 'stream-exists is refused where there is no stream, and taken where there is',
    async check(server) {
      const stream = newStream();
      const failure = await failureOf(append(server, stream, events(1), 'stream_exists'));
      assert.equal(failure['type'], 'wrong-expected-version');
      await append(server, stream, events(1));
      assert.equal((await append(server, stream, events(1), 'stream_exists')).nextExpectedRevision, 1n);
    },
  },
  {
    name: 'any is taken at whatever revision',
    async check(server) {
      const stream = newStream();
      for (const revision of [0n, 1n, 2n])
        assert.equal((await append(server, stream, events(1), 'any')).nextExpectedRevision, revision);
    },
  },
  {
    name: 'of twenty appends at one revision one is written',
    async check(server) {
      const stream = newStream();
      const tried = await Promise.allSettled(
        Array.from({ length: 20 }, () => append(server, stream, events(2), 'no_stream')),
      );
      assert.equal(tried.filter(({ status }) => status === 'fulfilled').length, 1);
      assert.deepEqual(await revisions(server.client, stream), [0n, 1n]);
    },
  },
  {
    name: 'a refused append leaves nothing, also of several events',
    async check(server) {
      const stream = newStream();
      await append(server, stream, events(1));
      await failureOf(append(server, stream, events(5), 'no_stream'));
      assert.deepEqual(await revisions(server.client, stream), [0n]);
    },
  },
  ...[
    { expected: 'no_stream' as const, before: 0 },
    { expected: 1n, before: 2 },
  ].map(({ expected, before }) => ({
    name: `the same ids at the same revision (${expected}) again are answered with the first result, and written once`,
    check: async (server: Parameters<Behaviour['check']>[0]) => {
      const stream = newStream();
      if (before > 0) await append(server, stream, events(before));
      const repeated = events(2);
      const first = await append(server, stream, repeated, expected);
      await append(server, stream, events(3));
      assert.deepEqual(await append(server, stream, repeated, expected), first);
      assert.equal((await revisions(server.client, stream)).length, before + 5);
    },
  })),
  {
    name: 'the same ids with any again are answered with the first result, as long as the server remembers them',
    async check(server) {
      const stream = newStream();
      const repeated = events(2);
      const first = await append(server, stream, repeated);
      await append(server, stream, events(1));
      assert.deepEqual(await append(server, stream, repeated), first);
      assert.equal((await revisions(server.client, stream)).length, 3);
    },
  },
  ...[
    ['with one more', ([a, b]: EventData[]) => [a, b, ...events(1)]],
    ['partly others', ([a]: EventData[]) => [a, ...events(1)]],
    ['in another order', ([a, b]: EventData[]) => [b, a]],
  ].map(([how, changed]) => ({
    name: `the same ids ${how as string} at the same revision are a wrong expected version`,
    check: async (server: Parameters<Behaviour['check']>[0]) => {
      const stream = newStream();
      const appended = events(2);
      await append(server, stream, appended, 'no_stream');
      const other = (changed as (list: EventData[]) => EventData[])(appended);
      const failure = await failureOf(append(server, stream, other, 'no_stream'));
      assert.deepEqual([failure['type'], failure['actualVersion']], ['wrong-expected-version', 1n]);
      assert.deepEqual(await revisions(server.client, stream), [0n, 1n]);
    },
  })),
  {
    name: 'partly the same ids with any are a wrong expected version',
    async check(server) {
      const stream = newStream();
      const appended = events(1);
      await append(server, stream, appended);
      const failure = await failureOf(append(server, stream, [...appended, ...events(1)]));
      assert.equal(failure['type'], 'wrong-expected-version');
    },
  },
  {
    name: 'an id may be used in two streams',
    async check(server) {
      const shared = events(1);
      for (const stream of [newStream(), newStream()])
        assert.equal((await append(server, stream, shared)).nextExpectedRevision, 0n);
    },
  },
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
      assert.equal((await revisions(server.client, stream)).length, 2);
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
