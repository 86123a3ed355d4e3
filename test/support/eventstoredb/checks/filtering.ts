import assert from 'node:assert/strict';
import { once } from 'node:events';
import { eventTypeFilter, excludeSystemEvents, streamNameFilter, type Position } from '@eventstore/db-client';
import { append, events, first, following, newStream, type Behaviour, type Checked } from './behaviour.js';

type Filter = NonNullable<NonNullable<Parameters<Checked['client']['subscribeToAll']>[0]>['filter']>;

const end = { fromPosition: 'end' } as const;

const filters: readonly [string, (mark: string) => Filter, (mark: string) => [string, string][]][] = [
  [
    'by prefixes of stream names',
    (mark) => streamNameFilter({ prefixes: [`${mark}a`, `${mark}b`] }),
    (mark) => [
      [`${mark}a-1`, 'X'],
      [`${mark}b-1`, 'X'],
    ],
  ],
  [
    'by a regex of stream names',
    (mark) => streamNameFilter({ regex: `^${mark}.*-1$` }),
    (mark) => [[`${mark}c-1`, 'X']],
  ],
  [
    'by prefixes of event types',
    (mark) => eventTypeFilter({ prefixes: [mark] }),
    (mark) => [['s', `${mark}X`]],
  ],
  [
    'by a regex of event types',
    (mark) => eventTypeFilter({ regex: `^${mark}[XY]$` }),
    (mark) => [['s', `${mark}Y`]],
  ],
];

export const filtering: readonly Behaviour[] = [
  ...filters.map(([how, filter, wanted]) => ({
    name: `$all is filtered ${how}`,
    check: async (server: Checked) => {
      const mark = newStream('f').replaceAll('-', '');
      const subscription = server.client.subscribeToAll({ ...end, filter: filter(mark) });
      const expected = wanted(mark);
      const found = await following(expected.length, subscription, async () => {
        await append(server, `other-${mark}`, events(1, 'Other'));
        for (const [stream, type] of expected) await append(server, stream, events(1, type));
      });
      assert.deepEqual(
        found.map(({ event }) => [event?.streamId, event?.type]),
        expected,
      );
    },
  })),
  {
    name: 'system events can be kept out of $all',
    async check(server) {
      await append(server, newStream(), events(1));
      const [found] = await first(1, server.client.subscribeToAll({ filter: excludeSystemEvents() }));
      assert.doesNotMatch(found?.event?.type ?? '$', /^\$/);
    },
  },
  {
    name: 'where nothing matches, a checkpoint comes each time so many events were looked at',
    async check(server) {
      const { position: start } = await append(server, newStream(), events(1));
      const checkpoints: Position[] = [];
      const reached = Promise.withResolvers<void>();
      const filter = streamNameFilter({
        prefixes: ['nobody-'],
        maxSearchWindow: 10,
        checkpointInterval: 2,
        checkpointReached: (_subscription, position) => {
          checkpoints.push(position);
          if (checkpoints.length === 4) reached.resolve();
        },
      });
      const subscription = server.client.subscribeToAll({ fromPosition: start ?? 'end', filter });
      void first(1, subscription).catch(() => {});
      await once(subscription, 'caughtUp');
      for (let batch = 0; batch < 8; batch++) await append(server, newStream(), events(10));
      await reached.promise;
      await subscription.unsubscribe();
      assert.ok(
        checkpoints.every(
          ({ commit }, index) => index === 0 || commit > (checkpoints[index - 1]?.commit ?? 0n),
        ),
      );
    },
  },
  {
    name: 'a filtered subscription that has caught up has said how far',
    async check(server) {
      await append(server, newStream(), events(100));
      const heard: string[] = [];
      const filter = streamNameFilter({
        prefixes: ['nobody-'],
        checkpointReached: () => void heard.push('checkpoint'),
      });
      const subscription = server.client.subscribeToAll({ filter });
      subscription.on('caughtUp', () => heard.push('caught up'));
      void first(1, subscription).catch(() => {});
      await once(subscription, 'caughtUp');
      await subscription.unsubscribe();
      assert.equal(
        heard.indexOf('caught up') > heard.indexOf('checkpoint') && heard.includes('checkpoint'),
        true,
      );
    },
  },
  {
    name: 'a subscription that goes on from a checkpoint misses nothing that it had not sent',
    async check(server) {
      const mark = newStream('resumed');
      const filter = { prefixes: [mark], maxSearchWindow: 4 };
      const before = Promise.withResolvers<Position>();
      const { position: start } = await append(server, newStream(), events(1));
      for (let index = 0; index < 30; index++) await append(server, newStream(), events(1));
      const one = server.client.subscribeToAll({
        fromPosition: start ?? 'end',
        filter: streamNameFilter({ ...filter, checkpointReached: (_, position) => before.resolve(position) }),
      });
      void first(1, one).catch(() => {});
      const checkpoint = await before.promise;
      await one.unsubscribe();
      await append(server, mark, events(3));
      const two = server.client.subscribeToAll({
        fromPosition: checkpoint,
        filter: streamNameFilter(filter),
      });
      assert.deepEqual(
        (await first(3, two)).map(({ event }) => event?.revision),
        [0n, 1n, 2n],
      );
    },
  },
];
