import assert from 'node:assert/strict';
import {
  all,
  append,
  events,
  failureOf,
  here,
  newStream,
  type Behaviour,
  type Checked,
} from './behaviour.js';

type StreamOptions = Parameters<Checked['client']['readStream']>[1];
type AllOptions = Parameters<Checked['client']['readAll']>[0];

const revisions = async ({ client }: Checked, stream: string, options: StreamOptions): Promise<number[]> =>
  (await all(client.readStream(stream, options))).map(({ event }) => Number(event?.revision));

/** Ids in `$all`. */
const ids = async ({ client }: Checked, options: AllOptions): Promise<(string | undefined)[]> =>
  (await all(client.readAll(options))).map(({ event }) => event?.id);

const reads: readonly [string, StreamOptions, readonly number[]][] = [
  ['from the start', {}, [0, 1, 2, 3, 4]],
  ['from a revision, inclusive', { fromRevision: 2n }, [2, 3, 4]],
  ['at most so many', { fromRevision: 1n, maxCount: 2 }, [1, 2]],
  ['from beyond the end: nothing', { fromRevision: 5n }, []],
  ['from the end: nothing', { fromRevision: 'end' }, []],
  ['backwards from the end', { fromRevision: 'end', direction: 'backwards' }, [4, 3, 2, 1, 0]],
  ['backwards from a revision, inclusive', { fromRevision: 2n, direction: 'backwards' }, [2, 1, 0]],
  ['backwards from beyond the end', { fromRevision: 9n, direction: 'backwards', maxCount: 2 }, [4, 3]],
  ['backwards from the start: the first', { fromRevision: 'start', direction: 'backwards' }, [0]],
];

export const reading: readonly Behaviour[] = [
  ...reads.map(([how, options, expected]) => ({
    name: `a stream is read ${how}`,
    check: async (server: Checked) => {
      const stream = newStream();
      await append(server, stream, events(5));
      assert.deepEqual(await revisions(server, stream, options), expected);
    },
  })),
  {
    name: 'a stream that never was is not found',
    async check({ client }) {
      const failure = await failureOf(all(client.readStream('never-was')));
      assert.deepEqual([failure['type'], failure['streamName']], ['stream-not-found', 'never-was']);
    },
  },
  {
    name: 'a read of no events of a stream is refused',
    async check(server) {
      const stream = newStream();
      await append(server, stream, events(1));
      assert.equal((await failureOf(revisions(server, stream, { maxCount: 0 })))['type'], 'unknown');
    },
  },
  {
    name: 'an event read from its stream has its position in $all',
    async check(server) {
      const stream = newStream();
      const { position } = await append(server, stream, events(1));
      const [own] = await all(server.client.readStream(stream));
      assert.deepEqual(own?.event?.position, position);
    },
  },
  {
    name: 'a read goes on to events that are appended while it runs',
    async check(server) {
      const stream = newStream();
      for (let batch = 0; batch < 10; batch++)
        await append(server, stream, events(20, 'Large', Buffer.alloc(20_000)));
      let seen = 0;
      for await (const _ of server.client.readStream(stream))
        if (++seen === 1) await append(server, stream, events(1));
      assert.equal(seen, 201);
    },
  },
  {
    name: '$all is in the order of appends, and positions rise by more than one: they are offsets',
    async check(server) {
      const appended = events(20);
      const fromPosition = await here(server);
      for (const event of appended) await append(server, newStream(), [event]);
      const read = (await all(server.client.readAll({ fromPosition }))).map(({ event }) => event);
      const mine = read.filter((event) => appended.some(({ id }) => id === event?.id));
      assert.deepEqual(
        mine.map((event) => event?.id),
        appended.map(({ id }) => id),
      );
      const positions = read.map((event) => event?.position?.commit ?? 0n);
      assert.ok(
        positions.every((position, index) => index === 0 || position > (positions[index - 1] ?? 0n) + 1n),
      );
      assert.ok(read.every((event) => event?.position?.commit === event?.position?.prepare));
    },
  },
  {
    name: '$all is read from a position, inclusive',
    async check(server) {
      const [one, two, three] = events(3);
      if (one === undefined || two === undefined || three === undefined) throw new Error('three events');
      await append(server, newStream(), [one]);
      const { position } = await append(server, newStream(), [two]);
      await append(server, newStream(), [three]);
      assert.deepEqual(await ids(server, { fromPosition: position ?? 'end', maxCount: 2 }), [
        two.id,
        three.id,
      ]);
    },
  },
  {
    name: '$all is read backwards from a position, exclusive',
    async check(server) {
      const [one, two] = events(2);
      if (one === undefined || two === undefined) throw new Error('two events');
      await append(server, newStream(), [one]);
      const { position } = await append(server, newStream(), [two]);
      const read = await ids(server, {
        fromPosition: position ?? 'end',
        direction: 'backwards',
        maxCount: 1,
      });
      assert.deepEqual(read, [one.id]);
    },
  },
  {
    name: '$all is read backwards from the end, newest first',
    async check(server) {
      const appended = events(3);
      await append(server, newStream(), appended);
      const read = await ids(server, { fromPosition: 'end', direction: 'backwards', maxCount: 3 });
      assert.deepEqual(read, appended.map(({ id }) => id).reverse());
    },
  },
  {
    name: '$all from its end, or from a position beyond it, is empty',
    async check(server) {
      assert.deepEqual(await ids(server, { fromPosition: 'end' }), []);
      const beyond = 2n ** 50n;
      assert.deepEqual(await ids(server, { fromPosition: { commit: beyond, prepare: beyond } }), []);
    },
  },
  {
    name: 'a position of $all that is not where an event lies is refused',
    async check(server) {
      const { position } = await append(server, newStream(), events(1));
      const between = (position?.commit ?? 0n) - 1n;
      const failure = await failureOf(ids(server, { fromPosition: { commit: between, prepare: between } }));
      assert.match(failure.message, /3 INVALID_ARGUMENT: Trying to read from an invalid position/);
    },
  },
  {
    name: 'the server has events of its own in $all, in streams that begin with $',
    async check({ client }) {
      const [first] = await all(client.readAll({ maxCount: 1 }));
      assert.match(first?.event?.streamId ?? '', /^\$/);
      assert.match(first?.event?.type ?? '', /^\$/);
    },
  },
  {
    name: 'what the server writes at each start is not shown in $all, and is in its stream',
    async check(server) {
      const own = '$epoch-information';
      assert.ok((await revisions(server, own, {})).length > 0);
      const shown = await all(server.client.readAll({ maxCount: 50 }));
      assert.ok(shown.every(({ event }) => event?.streamId !== own));
    },
  },
  {
    name: 'an append is seen by every read that begins after its answer',
    async check(server) {
      const stream = newStream();
      for (let revision = 0; revision < 20; revision++) {
        await append(server, stream, events(1));
        const [last] = await revisions(server, stream, { fromRevision: 'end', direction: 'backwards' });
        assert.equal(last, revision);
      }
    },
  },
];
