import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DomainError, systemChance } from '#kernel';
import type { scheduler } from '#contracts';
import {
  eventually,
  executorOn,
  key,
  openBench,
  rebuilt,
  submission,
  type Bench,
  type Instance,
} from './testing/bench.js';
import { holdAppend } from './testing/hold-append.js';

let bench: Bench;
let one: Instance;
beforeEach(async () => {
  bench = await openBench();
  one = await bench.start();
});
afterEach(async () => {
  expect((await rebuilt(one.client)).filter(({ identical }) => !identical)).toEqual([]);
  await bench.dispose();
});

const get = async (id: string) => (await one.client.scheduler.getRun({ namespace: '', id })).run;
const submit = async () =>
  (await one.client.scheduler.submitRun(submission({ manifest: await bench.manifest() }), key())).run?.id ??
  '';
async function joined(instance = one, id = systemChance.uuid()) {
  const executor = executorOn(instance.client, bench, id);
  await executor.join();
  return executor;
}
const claims = async () => {
  const found: string[] = [];
  for await (const batch of bench.engines.eventStore.readAll({ kinds: ['run'] }))
    found.push(...batch.flatMap(({ stream, type }) => (type === 'RunClaimed' ? [stream] : [])));
  return found;
};
const failed = { $case: 'failed', value: { failureClass: 'timeout', message: '' } } as const;
const completed: scheduler.ReportAttemptRequest['report'] = { $case: 'completed', value: { metrics: [] } };
/** The end of an attempt, and what is next. */
const ending = (
  executorId: string,
  { runId, epoch }: scheduler.Assignment,
  report: scheduler.ReportAttemptRequest['report'] = failed,
): scheduler.ReportAttemptRequest => {
  const next = { executorId, pool: 'default', labels: {}, freeSlots: 1, waitMs: 0 };
  return { runId, epoch, executorId, report, reports: [], next };
};

describe('a claim whose answer nobody heard', () => {
  it.each([
    ['with a free slot', 1],
    ['without one', 0],
  ])('gives the same lease again %s, also while it is being granted', async (_, freeSlots) => {
    const executor = await joined();
    await Promise.all([submit(), submit()]);
    const claim = key();
    const granting = holdAppend(bench.engines.eventStore, 'RunClaimed');
    const hungUp = new AbortController();
    const lost = executor.claim({ waitMs: 20_000 }, { ...claim, signal: hungUp.signal } as never);
    await granting.reached;
    hungUp.abort();
    await expect(lost).rejects.toMatchObject({ kind: 'cancelled' });
    const again = executor.claim({ freeSlots, waitMs: 20_000 }, claim);
    granting.release();
    const assignment = await again;
    expect(assignment).toMatchObject({ epoch: 1 });
    expect(await claims()).toEqual([`run-${assignment?.runId}`]);
  });

  it('gives the same lease at another scheduler', async () => {
    const two = await bench.start();
    const executor = await joined();
    await Promise.all([submit(), submit()]);
    const claim = key();
    const assignment = await executor.claim({}, claim);
    const elsewhere = executorOn(two.client, bench, executor.id);
    for (const freeSlots of [1, 0]) expect(await elsewhere.claim({ freeSlots }, claim)).toEqual(assignment);
    expect(await claims()).toHaveLength(1);
  });

  it('is one like any other once the lease is over, and does not stand in the way', async () => {
    const executor = await joined();
    await submit();
    const claim = key();
    const assignment = (await executor.claim({}, claim)) as scheduler.Assignment;
    await executor.failed(assignment, 'timeout');
    expect(await executor.claim({}, claim)).toBeUndefined();
    await Promise.all([submit(), submit()]);
    const next = await executor.claim({}, claim);
    expect(next).toMatchObject({ epoch: 1 });
    expect(await executor.claim({}, claim)).toEqual(next);
    expect(await executor.claim()).not.toMatchObject({ runId: next?.runId });
  });

  it('that waits takes nothing after it was asked again', async () => {
    const executor = await joined();
    const claim = key();
    const waits = executor.claim({ waitMs: 20_000 }, claim);
    let over = false;
    void waits.then(() => (over = true));
    // Whichever of them comes first.
    await eventually(async () => {
      expect(await executor.claim({ freeSlots: 0 }, claim)).toBeUndefined();
      return over;
    });
    expect(await waits).toBeUndefined();
    const id = await submit();
    expect(await get(id)).toMatchObject({ status: 'RUN_STATUS_QUEUED', epoch: 0 });
  });
});

describe('the run that comes with a report', () => {
  it('is the same when the report is repeated while it is being granted', async () => {
    const executor = await joined();
    await Promise.all([submit(), submit()]);
    const first = (await executor.claim()) as scheduler.Assignment;
    const [said, request, hungUp] = [key(), ending(executor.id, first), new AbortController()];
    const granting = holdAppend(bench.engines.eventStore, 'RunClaimed');
    const lost = one.client.scheduler.reportAttempt(request, { ...said, signal: hungUp.signal });
    await granting.reached;
    hungUp.abort();
    await expect(lost).rejects.toMatchObject({ kind: 'cancelled' });
    const again = one.client.scheduler.reportAttempt(request, said);
    granting.release();
    const { assignment } = await again;
    expect(assignment).toMatchObject({ epoch: 1 });
    expect(assignment?.runId).not.toBe(first.runId);
    expect(await claims()).toHaveLength(2);
  });

  it('waits for the repetition of a report that could not be recorded for now', async () => {
    const executor = await joined();
    await Promise.all([submit(), submit()]);
    const first = (await executor.claim()) as scheduler.Assignment;
    const [said, request] = [key(), ending(executor.id, first)];
    const recording = holdAppend(bench.engines.eventStore, 'RunFailed', () => {
      throw new DomainError('unavailable', 'A_TEST', 'a test');
    });
    recording.release();
    const once = { ...said, retryForMs: 0 };
    await expect(one.client.scheduler.reportAttempt(request, once)).rejects.toMatchObject({ code: 'A_TEST' });
    const { assignment } = await one.client.scheduler.reportAttempt(request, said);
    expect(assignment).toMatchObject({ epoch: 1 });
    const run = await eventually(async () => {
      const now = await get(assignment?.runId ?? '');
      return now?.epoch === 1 && now;
    });
    expect(run).toMatchObject({ attempts: [{ outcome: 'running' }] });
  });

  it('is given back at once when the report is refused, also where an earlier call was given it', async () => {
    const executor = await joined();
    await Promise.all([submit(), submit()]);
    const first = (await executor.claim()) as scheduler.Assignment;
    const said = { ...key(), retryForMs: 0 };
    const recording = holdAppend(bench.engines.eventStore, 'RunFailed', () => {
      throw new DomainError('unavailable', 'A_TEST', 'a test');
    });
    recording.release();
    const report = (what: scheduler.ReportAttemptRequest['report']) =>
      one.client.scheduler.reportAttempt(ending(executor.id, first, what), said);
    await expect(report(failed)).rejects.toMatchObject({ code: 'A_TEST' });
    await expect(report(completed)).rejects.toMatchObject({ code: 'STEPS_INCOMPLETE' });
    const [, given = ''] = (await claims()).map((stream) => stream.slice('run-'.length));
    const run = await eventually(async () => {
      const now = await get(given);
      return now?.status === 'RUN_STATUS_QUEUED' && now.attempts.length > 0 && now;
    });
    expect(run.attempts).toMatchObject([{ failure: { failureClass: 'executor-lost' } }]);
  });

  it('is not hung up on: an attempt that has told its end is not one to abandon', async () => {
    const executor = await joined();
    await Promise.all([submit(), submit()]);
    const first = (await executor.claim()) as scheduler.Assignment;
    const granting = holdAppend(bench.engines.eventStore, 'RunClaimed');
    const reported = one.client.scheduler.reportAttempt(ending(executor.id, first), key());
    await granting.reached;
    await eventually(async () => (await get(first.runId))?.status === 'RUN_STATUS_FAILED');
    expect(await executor.beat(first)).toMatchObject({ abandon: [], cancel: [] });
    granting.release();
    expect((await reported).assignment).toMatchObject({ epoch: 1 });
  });
});

describe('a claim that meets', () => {
  it('the leaving of its executor: the run is queued again at once', async () => {
    const [executor, other] = [await joined(), await joined()];
    const id = await submit();
    const granting = holdAppend(bench.engines.eventStore, 'RunClaimed');
    const claimed = executor.claim();
    await granting.reached;
    const leaving = holdAppend(bench.engines.eventStore, 'ExecutorLeft');
    const left = one.client.scheduler.leavePool({ executorId: executor.id }, key());
    await leaving.reached;
    leaving.release();
    granting.release();
    await Promise.all([claimed, left]);
    expect(await other.claim()).toMatchObject({ runId: id, epoch: 2 });
  });

  it('a joining that was late: what was granted after it stays', async () => {
    const two = await bench.start();
    const executor = await joined();
    const elsewhere = executorOn(two.client, bench, executor.id);
    const first = await submit();
    expect(await executor.claim()).toMatchObject({ runId: first });
    const ends = holdAppend(bench.engines.eventStore, 'RunLeaseExpired');
    const late = executor.join();
    await ends.reached;
    const second = await submit();
    const assignment = await eventually(() => elsewhere.claim());
    expect(assignment.runId).toBe(second);
    ends.release();
    await late;
    expect(await claims()).toHaveLength(2);
    await eventually(async () => (await get(first))?.status === 'RUN_STATUS_QUEUED');
    expect(await get(second)).toMatchObject({ attempts: [{ epoch: 1, outcome: 'running' }] });
  });
});
