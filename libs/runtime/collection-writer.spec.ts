import { describe, expect, it } from '@jest/globals';
import { systemClock } from '#kernel';
import type { StoredEvent } from '#event-store';
import type { Document, ReadStore, Write } from '#read-store';
import { collectionWriter } from './collection-writer.js';
import type { Projection } from './projection.js';
import { contextOf, counterCodec, streamOf, totals } from './testing/bench.js';
import { metadataOf } from './command-context.js';
import { stampsOf } from './stamp.js';

const turn = () => new Promise(setImmediate);
const lease = { name: 'writer', token: 1 };
const service = { name: 'test', version: '0' };
const stamp = stampsOf('0', systemClock);

/** Events that count one each, over so many streams by turns. */
const events = (from: number, count: number, streams: number): StoredEvent[] =>
  Array.from({ length: count }, (_, i) => ({
    ...{ eventId: `e${from + i}`, type: 'Counted', stream: streamOf(`s${(from + i) % streams}`) },
    ...{ revision: 0, position: `p${from + i}` as StoredEvent['position'] },
    bytes: counterCodec.encode({ type: 'Counted', by: 1 }, metadataOf(contextOf(), service, stamp())),
  }));

/** A store that commits only when it is told to. */
function slowStore() {
  const documents = new Map<string, Document>();
  const asked: string[] = [];
  const commits: { readonly writes: readonly Write[]; finish(error?: Error): void }[] = [];
  const store: Pick<ReadStore, 'getMany' | 'commit'> = {
    getMany: (_, ids) => {
      asked.push(...ids);
      return Promise.resolve(ids.flatMap((id) => documents.get(id) ?? []));
    },
    commit: (_collection, _lease, _expected, _next, writes) =>
      new Promise((resolve, reject) => {
        const apply = () => {
          for (const write of writes) if ('put' in write) documents.set(write.put.id, write.put);
          resolve();
        };
        commits.push({ writes, finish: (error) => (error ? reject(error) : apply()) });
      }),
  };
  return { store: store as ReadStore, documents, asked, commits };
}

const writerOn = (readStore: ReadStore, projection = totals() as unknown as Projection) =>
  collectionWriter({ collection: 'totals@1.1', lease, from: undefined }, { readStore, projection });

describe('collection writer', () => {
  it('folds the next batch on documents whose commit is under way, and reads none twice', async () => {
    const { store, documents, asked, commits } = slowStore();
    const writer = writerOn(store);
    await writer.fold(events(0, 100, 10));
    const second = writer.fold(events(100, 100, 10));
    expect(documents.size).toBe(0);
    commits[0]?.finish();
    await second;
    expect(writer.at()).toEqual({ position: 'p199', events: 200 });
    commits[1]?.finish();
    await writer.settled();
    expect(documents.get('all')).toMatchObject({ total: 200, last: 199 });
    expect(asked.toSorted()).toEqual([...documents.keys()].toSorted());
  });

  it('reads again what it has forgotten, and remembers no more than it must', async () => {
    const { store, documents, asked, commits } = slowStore();
    const writer = writerOn(store);
    const finishing = setInterval(() => commits.forEach(({ finish }) => finish()), 1);
    for (let i = 0; i < 20; i++) await writer.fold(events(i * 200, 200, 2000));
    await writer.settled();
    clearInterval(finishing);
    expect([...documents.values()].filter(({ id }) => id !== 'all').every(({ total }) => total === 2)).toBe(
      true,
    );
    expect(asked.length).toBeGreaterThanOrEqual(4000);
  });

  it('writes nothing for a document that is left as it was', async () => {
    const { store, commits } = slowStore();
    const even: Projection = {
      ...{ name: 'even', version: 1, indexes: [] },
      ids: () => ['one'],
      project: (document, { index }) => (index % 2 === 0 ? { id: 'one', index } : document),
    };
    const writer = writerOn(store, even);
    await writer.fold(events(0, 1, 1));
    const second = writer.fold(events(1, 1, 1));
    commits[0]?.finish();
    await second;
    expect(commits.map(({ writes }) => writes.length)).toEqual([1, 0]);
  });

  it('leaves the time of the commit to whoever wants that, and writes each document once then', async () => {
    const { store, documents, asked, commits } = slowStore();
    const told: boolean[] = [];
    const writer = collectionWriter(
      { collection: 'totals@1.1', lease, from: undefined },
      {
        readStore: store,
        projection: totals() as unknown as Projection,
        commitLater: (changed) => told.push(changed),
      },
    );
    for (let i = 0; i < 5; i++) await writer.fold(events(i, 1, 1));
    expect([told, commits.length, writer.isSettled()]).toEqual([Array(5).fill(true), 0, false]);
    const settled = [writer.settled(), writer.settled()];
    await turn();
    expect(commits.map(({ writes }) => writes.length)).toEqual([2]);
    await writer.fold(events(5, 1, 1));
    const last = writer.settled();
    commits[0]?.finish();
    await Promise.all(settled);
    expect([documents.get('all')?.['total'], writer.isSettled()]).toEqual([5, false]);
    commits[1]?.finish();
    await last;
    expect([documents.get('all')?.['total'], writer.isSettled()]).toEqual([6, true]);
    expect(asked).toEqual([...documents.keys()]);
  });

  it('knows what it has not written, however much it has read since, and looks for nothing that begins', async () => {
    const { store, asked, commits } = slowStore();
    const own = streamOf('s0');
    const counts: Projection = {
      ...{ name: 'counts', version: 1, indexes: [] },
      ids: ({ stream }) => [stream],
      starts: ({ index }) => index === 0,
      project: (document, _, id) =>
        id === own ? { id, count: ((document?.['count'] ?? 0) as number) + 1 } : document,
    };
    const writer = collectionWriter(
      { collection: 'counts@1.1', lease, from: undefined },
      { readStore: store, projection: counts, commitLater: () => undefined },
    );
    await writer.fold(events(0, 1, 1));
    for (let i = 0; i < 4; i++) await writer.fold(events(1 + i * 200, 200, 1000));
    const commit = writer.settled();
    await turn();
    await writer.fold(events(0, 1, 1));
    commits[0]?.finish();
    await commit;
    void writer.settled();
    await turn();
    expect(asked).not.toContain(own);
    expect(commits.map(({ writes }) => writes)).toEqual([
      [{ put: { id: own, count: 1 } }],
      [{ put: { id: own, count: 2 } }],
    ]);
  });

  it('tells of a commit that failed, to whoever settles or folds next', async () => {
    const { store, commits } = slowStore();
    const writer = writerOn(store);
    await writer.fold(events(0, 1, 1));
    commits[0]?.finish(new Error('no room'));
    await expect(writer.fold(events(1, 1, 1))).rejects.toThrow('no room');
    await expect(writer.settled()).rejects.toThrow('no room');
  });
});
