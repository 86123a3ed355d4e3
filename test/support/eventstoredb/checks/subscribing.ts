import assert from 'node:assert/strict';
import { once } from 'node:events';
import { streamNameFilter } from '@eventstore/db-client';
import {
  append,
  events,
  failureOf,
  first,
  following,
  idsOf,
  newStream,
  type Behaviour,
} from './behaviour.js';

const end = { fromPosition: 'end' } as const;

export const subscribing: readonly Behaviour[] = [
  {
    name: 'a subscription is confirmed first, then comes history, then word that it has caught up, then what is new',
    async check(server) {
      const stream = newStream();
      await append(server, stream, events(2));
      const heard: string[] = [];
      const subscription = server.client.subscribeToStream(stream);
      subscription.on('confirmation', () => heard.push('confirmation'));
      subscription.on('caughtUp', () => heard.push('caught up'));
      let last: Promise<unknown> | undefined;
      for await (const { event } of subscription) {
        heard.push(`${event?.revision}`);
        if (event?.revision === 1n)
          last = once(subscription, 'caughtUp').then(() => append(server, stream, events(1)));
        if (event?.revision === 2n) break;
      }
      await last;
      assert.deepEqual(heard, ['confirmation', '0', '1', 'caught up', '2']);
    },
  },
  {
    name: 'a stream is followed from a revision, exclusive',
    async check(server) {
      const stream = newStream();
      await append(server, stream, events(4));
      const found = await first(2, server.client.subscribeToStream(stream, { fromRevision: 1n }));
      assert.deepEqual(
        found.map(({ event }) => event?.revision),
        [2n, 3n],
      );
    },
  },
  {
    name: 'a stream is followed from its end: only what is new',
    async check(server) {
      const stream = newStream();
      await append(server, stream, events(4));
      const subscription = server.client.subscribeToStream(stream, { fromRevision: 'end' });
      const found = await following(1, subscription, () => append(server, stream, events(1)));
      assert.equal(found[0]?.event?.revision, 4n);
    },
  },
  {
    name: 'a stream can be followed before it is there',
    async check(server) {
      const stream = newStream();
      const found = await following(1, server.client.subscribeToStream(stream), () =>
        append(server, stream, events(1)),
      );
      assert.equal(found[0]?.event?.revision, 0n);
    },
  },
  {
    name: '$all is followed from a position, exclusive',
    async check(server) {
      const { position } = await append(server, newStream(), events(1));
      const next = events(2);
      await append(server, newStream(), next);
      const found = await first(2, server.client.subscribeToAll({ fromPosition: position ?? 'end' }));
      assert.deepEqual(
        idsOf(found),
        next.map(({ id }) => id),
      );
    },
  },
  {
    name: '$all is followed from its start, with what the server wrote itself',
    async check({ client }) {
      const [found] = await first(1, client.subscribeToAll());
      assert.match(found?.event?.streamId ?? '', /^\$/);
    },
  },
  {
    name: '$all is followed from its end: only what is new',
    async check(server) {
      const next = events(1);
      const found = await following(1, server.client.subscribeToAll(end), () =>
        append(server, newStream(), next),
      );
      assert.deepEqual(
        idsOf(found),
        next.map(({ id }) => id),
      );
    },
  },
  {
    name: 'events that come while a subscription catches up are delivered once, in order, without a gap',
    async check(server) {
      const stream = newStream();
      const { position } = await append(server, stream, events(1));
      const writing = (async () => {
        for (let batch = 0; batch < 50; batch++) await append(server, stream, events(10));
      })();
      const mine = server.client.subscribeToAll({
        fromPosition: position ?? 'end',
        filter: streamNameFilter({ prefixes: [stream] }),
      });
      const found = await first(500, mine);
      await writing;
      assert.deepEqual(
        found.map(({ event }) => Number(event?.revision)),
        Array.from({ length: 500 }, (_, index) => index + 1),
      );
    },
  },
  {
    name: 'several events of one append come together to a subscription',
    async check(server) {
      const next = events(30);
      const found = await following(30, server.client.subscribeToAll(end), () =>
        append(server, newStream(), next),
      );
      assert.deepEqual(
        idsOf(found),
        next.map(({ id }) => id),
      );
    },
  },
  {
    name: 'a position where no event lies is refused when a subscription begins there',
    async check(server) {
      const { position } = await append(server, newStream(), events(1));
      await append(server, newStream(), events(1));
      const between = (position?.commit ?? 0n) - 1n;
      const fromPosition = { commit: between, prepare: between };
      const failure = await failureOf(first(1, server.client.subscribeToAll({ fromPosition })));
      assert.match(failure.message, /3 INVALID_ARGUMENT: Trying to read from an invalid position/);
    },
  },
  {
    name: 'a position beyond the end is taken: caught up at once, and what comes below it is kept back',
    async check(server) {
      const { position } = await append(server, newStream(), events(1));
      const beyond = (position?.commit ?? 0n) + 100_000n;
      const subscription = server.client.subscribeToAll({
        fromPosition: { commit: beyond, prepare: beyond },
      });
      const shown = events(1);
      const found = await following(1, subscription, async () => {
        await append(server, newStream(), events(1));
        await append(server, newStream(), events(2, 'Large', Buffer.alloc(100_000)));
        await append(server, newStream(), shown);
      });
      assert.notEqual(found[0]?.event?.type, 'Checked');
      assert.ok((found[0]?.event?.position?.commit ?? 0n) > beyond);
    },
  },
  {
    name: 'a subscription that fell behind is not told so, misses nothing, and is told again that it caught up',
    async check(server) {
      const stream = newStream();
      const subscription = server.client.subscribeToStream(stream);
      let fellBehind = false;
      subscription.on('fellBehind', () => (fellBehind = true));
      const found: number[] = [];
      const complete = Promise.withResolvers<void>();
      const reading = (async () => {
        for await (const { event } of subscription)
          if (found.push(Number(event?.revision)) === 1000) complete.resolve();
      })();
      reading.catch((error: unknown) => complete.reject(error));
      await once(subscription, 'caughtUp');
      const again = once(subscription, 'caughtUp');
      for (let batch = 0; batch < 10; batch++)
        await append(server, stream, events(100, 'Large', Buffer.alloc(8000)));
      await complete.promise;
      await again;
      await subscription.unsubscribe();
      assert.deepEqual(
        found,
        found.map((_, index) => index),
      );
      assert.equal(fellBehind, false);
    },
  },
];
