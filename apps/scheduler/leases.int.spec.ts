import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { systemChance } from '#kernel';
import type { scheduler } from '#contracts';
import {
  eventually,
  executorOn,
  key,
  manifestOf,
  openBench,
  rebuilt,
  submission,
  type Bench,
  type Instance,
} from './testing/bench.js';
import { startExecutorServer, type Asked } from './testing/executor-server.js';

/** By a clock that is moved; of the real one a test takes no such part. */
const leaseTtlMs = 60_000;
let bench: Bench;
let one: Instance;

beforeEach(async () => {
  bench = await openBench();
  one = await bench.start({ leaseTtlMs });
});
afterEach(async () => {
  const results = await rebuilt(one.client);
  expect(results.filter(({ identical }) => !identical)).toEqual([]);
  await bench.dispose();
});

const submit = async (manifest = manifestOf()) => {
  const request = submission({ manifest: await bench.manifest(manifest) });
  return (await one.client.scheduler.submitRun(request, key())).run?.id ?? '';
};
const get = async (id: string) => (await one.client.scheduler.getRun({ namespace: '', id })).run;
/** The run, once it has come to a status; lets time pass on the given schedulers until it has. */
const becomes = (id: string, status: scheduler.RunStatus, ...passing: readonly Instance[]) =>
  eventually(async () => {
    for (const { clock } of passing) clock.advance(leaseTtlMs / 4);
    const run = await get(id);
    return run?.status === status && run;
  });
async function typesOf(id: string) {
  const types: string[] = [];
  for await (const batch of bench.engines.eventStore.readStream(`run-${id}` as never))
    types.push(...batch.map(({ type }) => type));
  return types;
}

describe('a lease that nobody keeps alive', () => {
  it('expires, the run is queued again, and what its executor says later is refused', async () => {
    const lost = executorOn(one.client, bench);
    const other = executorOn(one.client, bench);
    await Promise.all([lost.join(), other.join()]);
    const id = await submit();
    const old = await eventually(() => lost.claim());
    await lost.started(old);
    const queued = await becomes(id, 'RUN_STATUS_QUEUED', one);
    expect(queued.attempts).toMatchObject([
      { epoch: 1, outcome: 'lease-expired', failure: { failureClass: 'lease-expired' } },
    ]);
    const fresh = await eventually(() => other.claim());
    expect(fresh).toMatchObject({ runId: id, epoch: 2 });
    const stale = { kind: 'rule', code: 'STALE_EPOCH' };
    await expect(lost.step(old)).rejects.toMatchObject(stale);
    await expect(lost.completed(old)).rejects.toMatchObject(stale);
    await expect(lost.failed(old, 'timeout')).rejects.toMatchObject(stale);
    expect(await lost.beat(old)).toMatchObject({ abandon: [{ runId: id, epoch: 1 }] });
    await other.finish(fresh);
    const done = await becomes(id, 'RUN_STATUS_COMPLETED');
    expect(done.attempts).toMatchObject([{ outcome: 'lease-expired' }, { outcome: 'completed' }]);
  });

  it('ends the run when the manifest allows no other attempt', async () => {
    const executor = executorOn(one.client, bench);
    await executor.join();
    const id = await submit(manifestOf({ retry: { attempts: 1, on: [] } }));
    await eventually(() => executor.claim());
    const run = await becomes(id, 'RUN_STATUS_FAILED', one);
    expect(run.failure).toMatchObject({ failureClass: 'lease-expired' });
    expect((await typesOf(id)).slice(-2)).toEqual(['RunLeaseExpired', 'RunFailed']);
  });

  it('expires once, however many schedulers watch', async () => {
    const two = await bench.start({ leaseTtlMs });
    const executor = executorOn(one.client, bench);
    await executor.join();
    const id = await submit(manifestOf({ retry: { attempts: 1, on: [] } }));
    await eventually(() => executor.claim());
    await becomes(id, 'RUN_STATUS_FAILED', one, two);
    const position = await submit();
    await get(position);
    expect((await typesOf(id)).filter((type) => type === 'RunLeaseExpired')).toHaveLength(1);
  });
});

describe('a lease that is alive', () => {
  it('is kept by heartbeats that another scheduler took, until they stop', async () => {
    const two = await bench.start({ leaseTtlMs });
    const executor = executorOn(two.client, bench);
    await executor.join();
    const id = await submit();
    const assignment = await eventually(() => executor.claim());
    // The claim went through the other one.
    await becomes(id, 'RUN_STATUS_CLAIMED');
    for (let quarter = 0; quarter < 12; quarter++) {
      one.clock.advance(leaseTtlMs / 4);
      expect(await executor.beat(assignment)).toMatchObject({ abandon: [] });
    }
    expect(await get(id)).toMatchObject({ status: 'RUN_STATUS_CLAIMED' });
    expect(await typesOf(id)).not.toContain('RunLeaseExpired');
    await becomes(id, 'RUN_STATUS_QUEUED', one);
  });

  it('is asked for before it is given up: heartbeats may be lost', async () => {
    const asked: Asked = { executorId: systemChance.uuid(), attempts: [], times: 0 };
    const server = await startExecutorServer(asked);
    const executor = executorOn(one.client, bench, asked.executorId);
    await executor.join({}, server.address);
    const id = await submit();
    const { epoch } = await eventually(() => executor.claim());
    asked.attempts = [{ runId: id, epoch }];
    await eventually(() => {
      one.clock.advance(leaseTtlMs / 4);
      return Promise.resolve(asked.times >= 3);
    });
    expect(await typesOf(id)).not.toContain('RunLeaseExpired');
    asked.attempts = [{ runId: id, epoch: epoch - 1 }];
    const run = await becomes(id, 'RUN_STATUS_QUEUED', one);
    expect(run.attempts[0]?.failure?.message).toContain('no longer knows');
    await server.close();
  });

  it('ends at once when its executor joins again, and the run goes on elsewhere', async () => {
    const executor = executorOn(one.client, bench);
    await executor.join();
    const id = await submit();
    await executor.started(await eventually(() => executor.claim()));
    await executor.join();
    const again = await eventually(() => executor.claim());
    expect(again).toMatchObject({ runId: id, epoch: 2 });
    await executor.join();
    const run = await becomes(id, 'RUN_STATUS_FAILED');
    expect(run).toMatchObject({
      failure: { failureClass: 'executor-lost' },
      attempts: [{ outcome: 'lease-expired' }, { outcome: 'lease-expired' }],
    });
  });
});

describe('an executor', () => {
  it('that leaves in the middle gives its runs back at once', async () => {
    const executor = executorOn(one.client, bench);
    const other = executorOn(one.client, bench);
    await Promise.all([executor.join(), other.join()]);
    const id = await submit();
    await executor.started(await eventually(() => executor.claim()));
    await one.client.scheduler.leavePool({ executorId: executor.id }, key());
    expect(await eventually(() => other.claim())).toMatchObject({ runId: id, epoch: 2 });
    const failure = await eventually(async () => (await get(id))?.attempts[0]?.failure);
    expect(failure).toMatchObject({ failureClass: 'executor-lost' });
  });

  it('that is not heard of is silent, until it is heard of', async () => {
    const executor = executorOn(one.client, bench);
    await executor.join({ labels: { site: 'north' } });
    const mode = async () => {
      const list = await one.client.scheduler.listExecutors({ pageSize: 0, pageToken: '' });
      return list.executors.find(({ id }) => id === executor.id)?.mode;
    };
    expect(await mode()).toBe('active');
    one.clock.advance(leaseTtlMs + 1);
    expect(await mode()).toBe('silent');
    await executor.beat();
    expect(await mode()).toBe('active');
  });

  it('holds what the list says', async () => {
    const executor = executorOn(one.client, bench);
    await executor.join();
    await submit();
    await eventually(() => executor.claim());
    await eventually(async () => {
      const { executors } = await one.client.scheduler.listExecutors({ pageSize: 0, pageToken: '' });
      return executors[0]?.busy === 1;
    });
    await expect(
      one.client.scheduler.joinPool({ executor: undefined, address: '' }, key()),
    ).rejects.toMatchObject({ kind: 'invalid' });
  });
});
