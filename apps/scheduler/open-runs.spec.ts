import { describe, expect, it } from '@jest/globals';
import { streamUuid, systemClock, type Instant } from '#kernel';
import { nameId } from '#evidence';
import { executorStream } from '#domain/executor';
import { runStream } from '#domain/run';
import type { ProjectedEvent } from '#runtime';
import { folded } from '#runtime/testing';
import { openOpenRuns } from './open-runs.js';
import { openPresent } from './present.js';
import { queueProjection, type QueueDocument } from './queue.projection.js';
import { history } from './testing/history.js';

const everything = folded(queueProjection, history());
const sample = everything[0] as QueueDocument;
const known = (docs: readonly QueueDocument[]) => docs.map(({ order: _, place: __, ...doc }) => doc);
const byId = (a: { readonly id: string }, b: { readonly id: string }) => (a.id < b.id ? -1 : 1);

/** Waiting in a lane of a pool. */
const waiting = (name: string, order: number, more: Partial<QueueDocument> = {}): QueueDocument => {
  const doc = { ...sample, pool: 'default', namespace: 'a', executor: null, epoch: 0, order, ...more };
  const place = [doc.pool, doc.namespace, '100', 'needs', String(order).padStart(12, '0')].join('/');
  return { ...doc, id: nameId('run', name), place };
};

describe('open runs', () => {
  it('are those of the read model, however much of history it held when they began', () => {
    const events = history();
    for (let from = 0; from <= events.length; from++) {
      const runs = openOpenRuns();
      runs.begin(folded(queueProjection, events.slice(0, from)));
      // What the read model had folded already may come once more.
      for (const event of events.slice(Math.max(0, from - 5))) runs.take(event);
      const pools = new Set(everything.map(({ pool }) => pool));
      const open = [...[...pools].flatMap((pool) => runs.waiting(pool)), ...runs.held()];
      expect(known(open).sort(byId)).toEqual(known(everything).sort(byId));
    }
  });

  it('are taken from the head of each lane, in recorded order, whatever came in which order', () => {
    const runs = openOpenRuns();
    runs.begin([waiting('c', 3), waiting('a', 1), waiting('b', 2), waiting('d', 0, { namespace: 'b' })]);
    const orders = runs.waiting('default').map(({ namespace, order }) => [namespace, order]);
    expect(orders.sort()).toEqual([
      ...[
        ['a', 1],
        ['a', 2],
        ['a', 3],
      ],
      ['b', 0],
    ]);
    expect([runs.pools(), runs.hasWork('default'), runs.hasWork('gpu')]).toEqual([['default'], true, false]);
  });

  it('keep their recorded order when they are repeated, and when they are read in any order', () => {
    const runs = openOpenRuns();
    const orders = [5, 3, 7, 1, 9, 2];
    for (const order of orders)
      runs.begin([{ ...waiting(`held ${order}`, order), place: null, executor: 'e' }]);
    const retry = (order: number) =>
      runs.take({
        ...{
          stream: runStream(nameId('run', `held ${order}`)),
          kind: 'run',
          type: 'RunRetried',
          revision: 4,
        },
        ...{ eventId: nameId('event', String(order)), data: {}, bytes: Buffer.alloc(0), index: 0 },
        metadata: { recordedAt: sample.submittedAt } as ProjectedEvent['metadata'],
      });
    orders.forEach(retry);
    expect(runs.waiting('default').map(({ order }) => order)).toEqual(orders.toSorted((a, b) => a - b));
    const read = openOpenRuns();
    for (const order of orders) read.begin([waiting(`waiting ${order}`, order)]);
    expect(read.waiting('default').map(({ order }) => order)).toEqual(orders.toSorted((a, b) => a - b));
    expect([runs.waitingCount(), runs.hasWork('default')]).toEqual([6, true]);
  });

  it('are counted by pool, with when the oldest began to wait, also where none is left', () => {
    const [early, late] = ['2026-11-26T08:00:00.000Z', '2026-11-26T09:00:00.000Z'] as const;
    const runs = openOpenRuns();
    const at = (submittedAt: string) => ({ submittedAt: submittedAt as Instant });
    const held = { ...waiting('h', 0, { pool: 'gpu', ...at(early) }), place: null, executor: 'e' };
    runs.begin([waiting('a', 1, at(late)), waiting('b', 2, at(early)), held]);
    const run = history().filter(({ kind }) => kind === 'run');
    expect(Object.fromEntries(runs.byPool())).toEqual({
      default: { waiting: 2, held: 0, oldest: early },
      gpu: { waiting: 0, held: 1, oldest: undefined },
    });
    expect([runs.waitingSince(nameId('run', 'a')), runs.waitingSince(held.id)]).toEqual([late, undefined]);
    // From its admission on, until it is claimed.
    const alone = openOpenRuns();
    for (const event of run) {
      alone.take(event);
      if (event.type === 'RunAdmitted')
        expect(alone.waitingSince(streamUuid(event.stream))).toBe(event.metadata.recordedAt);
      if (event.type === 'RunClaimed') expect(alone.waitingSince(streamUuid(event.stream))).toBeUndefined();
    }
    expect([...alone.byPool().keys()].length).toBeGreaterThan(0);
  });

  it('are as few to look at whatever the length of the queue', () => {
    const runs = openOpenRuns();
    const lanes = ['a', 'b'].flatMap((namespace) =>
      Array.from({ length: 1_000 }, (_, order) => waiting(`${namespace} ${order}`, order, { namespace })),
    );
    runs.begin(lanes);
    expect(runs.waiting('default').map(({ order }) => order)).toEqual([
      ...Array(8).keys(),
      ...Array(8).keys(),
    ]);
  });
});

describe('the present', () => {
  const never = new AbortController().signal;

  it('tells whoever waits for a pool that it has work, and nobody when nobody is to wait', async () => {
    const present = openPresent(systemClock);
    const [work, other] = [present.nextWork(sample.pool), present.nextWork('elsewhere')];
    present.take(history());
    expect(await work.comes(60_000, never)).toBe(true);
    const waited = other.comes(60_000, never);
    present.stopWaiting();
    expect([await waited, await present.nextWork(sample.pool).comes(60_000, never)]).toEqual([false, false]);
    expect(() => present.runs()).toThrow(expect.objectContaining({ code: 'NOT_READY' }));
  });

  it('knows an executor from its joining on, and not from the middle of its history', () => {
    const of = (events: ReturnType<typeof history>) => {
      const present = openPresent(systemClock);
      present.take(events);
      return present.executor(stream);
    };
    const stream = executorStream(nameId('executor', 'one'));
    const events = history().filter((event) => event.stream === stream);
    expect(of(events)).toBeDefined();
    const joined = events.findLastIndex(({ type }) => type === 'ExecutorJoined');
    expect(of(events.slice(joined))).toEqual(of(events));
    expect(of(events.slice(joined + 1))).toBeUndefined();
  });
});
