import assert from 'node:assert/strict';
import { append, events, failureOf, newStream, revisionsOf, type Behaviour } from './behaviour.js';

export const expecting: readonly Behaviour[] = [
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
      assert.deepEqual(await revisionsOf(server, stream), [0n, 1n]);
    },
  },
  {
    name: 'a refused append leaves nothing, also of several events',
    async check(server) {
      const stream = newStream();
      await append(server, stream, events(1));
      await failureOf(append(server, stream, events(5), 'no_stream'));
      assert.deepEqual(await revisionsOf(server, stream), [0n]);
    },
  },
];
