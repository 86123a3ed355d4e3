import { expect, it } from '@jest/globals';
import { maxEventBytes, type StoredEvent } from '../event-store.js';
import { all, event, events, idsOf, newStream, outcome, sample, textOf, upTo, withStore } from './samples.js';
import type { OpenUnderTest } from './under-test.js';

const everyByte = Uint8Array.from(upTo(256));
const bodies: readonly (readonly [string, Uint8Array])[] = [
  ['no bytes', new Uint8Array()],
  ['one zero', new Uint8Array(1)],
  ['every byte there is', everyByte],
  ['what is no UTF-8', Uint8Array.of(0xff, 0xfe, 0xc0, 0x80, 0xed, 0xa0, 0x80)],
  ['JSON with spaces and an order of its own', new TextEncoder().encode('{ "b": 1.0, "a": "\\u00e4" }\n')],
  ['a view into a larger buffer', everyByte.subarray(100, 110)],
  ['1,000,000 bytes', sample(maxEventBytes)],
];

export function appending(open: OpenUnderTest): void {
  const check = withStore(open);

  it.each(bodies)('gives %s back exactly', (_, bytes) =>
    check(async ({ store }) => {
      const stream = newStream();
      const sent = event(bytes, 'A'.padEnd(100, '9z'));
      const { position } = await store.append(stream, 'none', [sent]);
      const { bytes: _bytes, ...rest } = sent;
      for (const read of [store.readStream(stream), store.readAll()]) {
        const [{ bytes: got, ...stored }, ...others] = (await all(read)) as [StoredEvent, ...StoredEvent[]];
        expect([stored, others]).toEqual([{ ...rest, stream, revision: 0, position }, []]);
        expect([got.constructor, Buffer.compare(got, bytes)]).toEqual([Uint8Array, 0]);
      }
    })(),
  );

  it(
    'takes the bytes as they were at the call',
    check(async ({ store }) => {
      const [stream, sent] = [newStream(), event('intact')];
      const appended = store.append(stream, 'none', [sent]);
      sent.bytes.fill(0);
      await appended;
      for (const read of [store.readStream(stream), store.readAll()])
        expect((await all(read)).map(textOf)).toEqual(['intact']);
    }),
  );

  it(
    'looks at no other stream: an id that stands there, whatever with, is taken, and a repeat of each gets its own result',
    check(async ({ store, connect, reopen }) => {
      const other = await connect();
      const [one, two, three] = [newStream(), newStream(), newStream('sweep')];
      const batch = events(2);
      const changed = batch.map((sent) => ({ ...sent, bytes: sample(3), type: 'Another' }));
      const first = await store.append(one, 'none', batch);
      await other.append(three, 'none', events(3));
      const appends: readonly Parameters<typeof store.append>[] = [
        [one, 'none', batch],
        [two, 'none', batch],
        [three, 2, changed],
      ];
      const results = [first, await other.append(two, 'none', batch), await store.append(three, 2, changed)];
      expect(results.map(({ revision }) => revision)).toEqual([1, 1, 4]);
      expect(idsOf(await all(store.readAll({ after: first.position }))).slice(3)).toEqual(
        idsOf([...batch, ...batch]),
      );
      const everyone = async (client: typeof store) => {
        for (const [i, append] of appends.entries())
          expect(await client.append(...append)).toEqual(results[i]);
        expect(await all(client.readAll())).toHaveLength(9);
      };
      await everyone(store);
      await everyone(other);
      await everyone(await reopen());
    }),
  );

  it(
    'counts revisions from 0 in every stream and answers with the last one',
    check(async ({ store }) => {
      const [one, two] = [newStream(), newStream('sweep')];
      expect(await store.append(one, 'none', events(3))).toMatchObject({ revision: 2 });
      expect(await store.append(two, 'none', events(1))).toMatchObject({ revision: 0 });
      const { revision, position } = await store.append(one, 2, events(250));
      expect([revision, await store.head()]).toEqual([252, position]);
      const read = await all(store.readStream(one));
      expect(read.map((stored) => stored.revision)).toEqual(upTo(253));
      expect(read.at(-1)?.position).toBe(position);
    }),
  );

  it(
    'answers a repeat with the first result and writes nothing, also when the stream has grown since',
    check(async ({ store, connect, reopen }) => {
      const [stream, first, second] = [newStream(), events(3), events(2)];
      const results = [
        await store.append(stream, 'none', first),
        await store.append(stream, 2, second),
      ] as const;
      const other = await connect();
      for (const client of [store, other]) {
        expect(await client.append(stream, 'none', first)).toEqual(results[0]);
        expect(await client.append(stream, 2, second)).toEqual(results[1]);
      }
      const again = await reopen();
      expect(await again.append(stream, 'none', first)).toEqual(results[0]);
      expect(await all(again.readAll())).toHaveLength(5);
      expect(await again.head()).toBe(results[1].position);
    }),
  );

  it(
    'answers twenty repeats that arrive together alike',
    check(async ({ store, connect }) => {
      const [stream, batch, clients] = [newStream(), events(4), [store, await connect()] as const];
      const results = await Promise.all(upTo(20).map((i) => clients[i % 2]!.append(stream, 'none', batch)));
      expect(results).toEqual(results.map(() => results[0]));
      expect(await all(store.readAll())).toHaveLength(4);
    }),
  );

  it(
    'keeps what it has promised when it is opened anew',
    check(async ({ store, reopen }) => {
      const streams = upTo(10).map(() => newStream());
      await Promise.all(streams.map((stream) => store.append(stream, 'none', events(5))));
      const [before, head] = [await all(store.readAll()), await store.head()];
      const again = await reopen();
      expect(await all(again.readAll())).toEqual(before);
      expect(await again.head()).toBe(head);
      expect(await outcome(again.append(streams[0]!, 4, events(1)))).toMatchObject({ revision: 5 });
    }),
  );
}
