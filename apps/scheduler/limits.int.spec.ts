import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { systemChance } from '#kernel';
import {
  eventually,
  executorOn,
  key,
  openBench,
  submission,
  type Bench,
  type Instance,
} from './testing/bench.js';

let bench: Bench;
let [one, two]: Instance[] = [];
let manifest: string;

beforeAll(async () => {
  bench = await openBench();
  const limits = { quotas: 'small=1', namespaceQueueLimit: 3, queueLimit: 5 };
  one = await bench.start(limits);
  two = await bench.start(limits);
  manifest = await bench.manifest();
});
afterAll(() => bench.dispose());

const at = (instance: Instance | undefined) => (instance as Instance).client;
const newPool = () => `p${systemChance.uuid().slice(0, 8)}`;
const submit = (namespace: string, pool: string, options = { ...key(), retryForMs: 0 }) =>
  at(one).scheduler.submitRun(submission({ manifest, namespace, pool }), options);
const cancelAll = async (ids: readonly string[]) => {
  for (const id of ids) await at(one).scheduler.cancelRun({ namespace: '', id, reason: 'a test' }, key());
};

describe('a namespace', () => {
  it('holds no more runs than its quota, while others go on, and goes on when one of its runs ends', async () => {
    const pool = newPool();
    const executor = executorOn(at(two), bench);
    await executor.join({ pool });
    const claim = () => executor.claim({ pool });
    for (const namespace of ['small', 'small', 'other']) await submit(namespace, pool);
    const first = await eventually(claim);
    expect(first.namespace).toBe('small');
    expect((await eventually(claim)).namespace).toBe('other');
    expect(await claim()).toBeUndefined();
    const waiting = executor.claim({ pool, waitMs: 20_000 });
    await executor.finish(first);
    expect(await waiting).toMatchObject({ namespace: 'small' });
  });

  it('has no more waiting than may be; what is refused is not recorded, what was taken in is answered again', async () => {
    const pool = newPool();
    const runs = [];
    for (let i = 0; i < 3; i++) {
      const options = { ...key(), retryForMs: 0 };
      runs.push({ options, id: (await submit('busy', pool, options)).run?.id ?? '' });
    }
    const refused = key();
    const full = { kind: 'exhausted', code: 'QUEUE_FULL', facts: { limit: '3', retryAfterMs: '5000' } };
    await expect(submit('busy', pool, { ...refused, retryForMs: 0 })).rejects.toMatchObject(full);
    const [again] = runs;
    expect(await submit('busy', pool, again?.options)).toMatchObject({
      created: false,
      run: { id: again?.id },
    });
    const others = [await submit('other', pool), await submit('other', pool)];
    await expect(submit('third', pool)).rejects.toMatchObject({ code: 'QUEUE_FULL', facts: { limit: '5' } });
    await cancelAll([...runs, ...others.map(({ run }) => ({ id: run?.id ?? '' }))].map(({ id }) => id));
    const taken = await submit('busy', pool, { ...refused, retryForMs: 0 });
    expect(taken).toMatchObject({ created: true });
    await cancelAll([taken.run?.id ?? '']);
  });
});

describe('an executor that is scaled at one scheduler', () => {
  it('hears of it at another, keeps it when it joins again, and takes its own slots again', async () => {
    const pool = newPool();
    const executor = executorOn(at(two), bench);
    expect(await executor.join({ pool, slots: 2 })).toMatchObject({ slots: 2 });
    const scale = (slots?: number) => {
      const request = { id: executor.id, reason: 'a test', ...(slots === undefined ? {} : { slots }) };
      return at(one).scheduler.scaleExecutor(request, key());
    };
    expect((await scale(7)).executor).toMatchObject({ id: executor.id, slots: 7 });
    await eventually(async () => (await executor.beat()).slots === 7);
    expect(await executor.join({ pool, slots: 2 })).toMatchObject({ slots: 7 });
    expect((await scale()).executor).toMatchObject({ slots: 2 });
    await eventually(async () => (await executor.beat()).slots === 2);
    await expect(scale(0)).rejects.toMatchObject({ problems: [{ code: 'SLOTS_INVALID', field: 'slots' }] });
    const unknown = { id: systemChance.uuid(), reason: 'a test', slots: 1 };
    await expect(at(one).scheduler.scaleExecutor(unknown, key())).rejects.toMatchObject({
      code: 'EXECUTOR_NOT_FOUND',
    });
  });
});
