import assert from 'node:assert/strict';
import { binaryEvent, jsonEvent } from '@eventstore/db-client';
import { all, append, events, here, newStream, type Behaviour } from './behaviour.js';

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
];
