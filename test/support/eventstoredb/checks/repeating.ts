import assert from 'node:assert/strict';
import type { EventData } from '@eventstore/db-client';
import {
  append,
  events,
  failureOf,
  newStream,
  revisionsOf,
  type Behaviour,
  type Checked,
} from './behaviour.js';

export const repeating: readonly Behaviour[] = [
  ...[
    { expected: 'no_stream' as const, before: 0 },
    { expected: 1n, before: 2 },
  ].map(({ expected, before }) => ({
    name: `the same ids at the same revision (${expected}) again are answered with the first result, and written once`,
    check: async (server: Checked) => {
      const stream = newStream();
      if (before > 0) await append(server, stream, events(before));
      const repeated = events(2);
      const first = await append(server, stream, repeated, expected);
      await append(server, stream, events(3));
      assert.deepEqual(await append(server, stream, repeated, expected), first);
      assert.equal((await revisionsOf(server, stream)).length, before + 5);
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
      assert.equal((await revisionsOf(server, stream)).length, 3);
    },
  },
  ...[
    ['with one more', ([a, b]: EventData[]) => [a, b, ...events(1)]],
    ['partly others', ([a]: EventData[]) => [a, ...events(1)]],
    ['in another order', ([a, b]: EventData[]) => [b, a]],
  ].map(([how, changed]) => ({
    name: `the same ids ${how as string} at the same revision are a wrong expected version`,
    check: async (server: Checked) => {
      const stream = newStream();
      const appended = events(2);
      await append(server, stream, appended, 'no_stream');
      const other = (changed as (list: EventData[]) => EventData[])(appended);
      const failure = await failureOf(append(server, stream, other, 'no_stream'));
      assert.deepEqual([failure['type'], failure['actualVersion']], ['wrong-expected-version', 1n]);
      assert.deepEqual(await revisionsOf(server, stream), [0n, 1n]);
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
];
