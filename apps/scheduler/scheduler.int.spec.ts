import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { systemChance, systemClock } from '#kernel';
import type { scheduler } from '#contracts';
import { decodeEnvelope } from '#contracts/stored';
import {
  digit,
  executorOn,
  eventually,
  key,
  manifestOf,
  openBench,
  rebuilt,
  submission,
  type Bench,
  type Instance,
} from './testing/bench.js';

const reason = 'because it is a test';
let bench: Bench;
let one: Instance;

beforeAll(async () => {
  bench = await openBench();
  one = await bench.start();
});
/** Whatever a test did: every read model, built again from history, is the same byte for byte. */
afterEach(async () => {
  for (const { identical, ...result } of await rebuilt(one.client))
    expect({ ...result, identical }).toMatchObject({ identical: true });
});
afterAll(() => bench.dispose());

/** A run in a pool of its own, with an executor that has joined it. */
async function lone(more: Parameters<typeof submission>[0] = {}, manifest = manifestOf()) {
  const pool = `p${systemChance.uuid().slice(0, 8)}`;
  const executor = executorOn(one.client, bench);
  await executor.join({ pool });
  const request = submission({ manifest: await bench.manifest(manifest), pool, ...more });
  const { run } = await one.client.scheduler.submitRun(request, key());
  const claim = () => eventually(() => executor.claim({ pool }));
  return { pool, executor, claim, id: run?.id ?? '' };
}
const get = async (id: string) => (await one.client.scheduler.getRun({ namespace: '', id })).run;
const cancel = (id: string, options = key()) =>
  one.client.scheduler.cancelRun({ namespace: '', id, reason }, options);
const problemsOf = (call: Promise<unknown>) =>
  call.then(
    () => [],
    (error: { problems: readonly { code: string }[] }) => error.problems.map(({ code }) => code).sort(),
  );
async function stored(id: string) {
  const events = [];
  for await (const batch of bench.engines.eventStore.readStream(`run-${id}` as never)) events.push(...batch);
  return events;
}

describe('a run', () => {
  it('is submitted, claimed, reported and completed, and everybody it concerns is in its history', async () => {
    const { executor, claim, id } = await lone({ reason: 'try it' });
    expect(await get(id)).toMatchObject({
      ...{ status: 'RUN_STATUS_QUEUED', namespace: 'default', blueprint: 'default/species', epoch: 0 },
      ...{ reason: 'try it', stepsTotal: 1, knobs: Buffer.from('{"l2":0.1}') },
    });
    const assignment = await claim();
    expect(assignment).toMatchObject({ runId: id, epoch: 1, namespace: 'default' });
    expect(await executor.claim({ pool: 'default' })).toBeUndefined();
    await executor.finish(assignment);
    const done = await get(id);
    expect(done).toMatchObject({
      ...{ status: 'RUN_STATUS_COMPLETED', executor: executor.id, epoch: 1 },
      metrics: [{ name: 'accuracy', value: 0.9 }],
      steps: [{ name: 'train', status: 'completed', outputs: [{ name: 'model' }], seed: 'ab'.repeat(32) }],
      attempts: [{ epoch: 1, outcome: 'completed', executor: executor.id }],
    });
    expect(JSON.parse(String(done?.isolation))).toEqual({ level: 'process' });
    const events = await stored(id);
    const metadata = events.map(({ bytes }) => decodeEnvelope(bytes).metadata);
    const claimed = events.find(({ type }) => type === 'RunClaimed');
    expect(assignment.causationId).toBe(claimed?.eventId);
    expect(new Set(metadata.map(({ correlationId }) => correlationId))).toEqual(
      new Set([assignment.correlationId]),
    );
    expect(metadata[2]).toMatchObject({ causationId: events[1]?.eventId, actor: { type: 'executor' } });
    for (const { causationId, actor } of metadata.slice(3))
      expect({ causationId, actor: actor.id }).toEqual({
        causationId: claimed?.eventId,
        actor: executor.id,
      });
  });

  it('goes to whoever waits for one, and with the end of one attempt to the next', async () => {
    const pool = `p${systemChance.uuid().slice(0, 8)}`;
    const executor = executorOn(one.client, bench);
    await executor.join({ pool });
    const [claim, waited] = [key(), executor.claim({ pool, waitMs: 20_000 })];
    const submit = async () =>
      (await one.client.scheduler.submitRun(submission({ manifest: await bench.manifest(), pool }), key()))
        .run?.id;
    const first = await submit();
    const assignment = await waited;
    expect(assignment?.runId).toBe(first);
    const second = await submit();
    const next = { executorId: executor.id, pool, labels: {}, freeSlots: 1, waitMs: 0 };
    const failed = { $case: 'failed', value: { failureClass: 'timeout', message: '' } } as const;
    const said = { runId: first ?? '', epoch: 1, executorId: executor.id, report: failed, reports: [], next };
    const answer = await one.client.scheduler.reportAttempt(said, claim);
    expect(answer.assignment).toMatchObject({ runId: second, epoch: 1 });
    expect((await one.client.scheduler.reportAttempt(said, claim)).assignment).toEqual(answer.assignment);
    expect(await executor.claim({ pool, waitMs: 1 })).toBeUndefined();
  });

  it('is claimed at the time of the claim, however long the executor had been waiting', async () => {
    const { pool, executor } = await lone();
    await executor.claim({ pool });
    const waited = executor.claim({ pool, waitMs: 20_000 });
    await executor.beat();
    await systemClock.sleep(5);
    const manifest = await bench.manifest();
    const { run } = await one.client.scheduler.submitRun(submission({ manifest, pool }), key());
    expect((await waited)?.runId).toBe(run?.id);
    const times = (await stored(run?.id ?? '')).map(({ bytes }) => decodeEnvelope(bytes).metadata.recordedAt);
    expect(times).toEqual(times.toSorted());
    await executor.join({ pool });
  });

  it('is told several things by one append, or none of them', async () => {
    const { executor, claim, id } = await lone();
    const { epoch } = await claim();
    const { digest: fingerprint } = await bench.blob('{"os":"linux"}');
    const started = {
      $case: 'started',
      value: { fingerprint, sections: {}, hostNotIsolated: true, isolation: Buffer.alloc(0) },
    } as const;
    const failed = { $case: 'failed', value: { failureClass: 'timeout', message: '' } } as const;
    const completed: scheduler.AttemptReport['report'] = { $case: 'completed', value: { metrics: [] } };
    const tell = (...all: scheduler.AttemptReport['report'][]) =>
      one.client.scheduler.reportAttempt(
        {
          ...{ runId: id, epoch, executorId: executor.id, report: undefined },
          ...{ reports: all.map((report) => ({ report })), next: undefined },
        },
        key(),
      );
    await expect(tell(started, completed)).rejects.toMatchObject({ code: 'STEPS_INCOMPLETE' });
    expect((await stored(id)).map(({ type }) => type)).toEqual(['RunSubmitted', 'RunAdmitted', 'RunClaimed']);
    await tell(started, failed);
    expect((await stored(id)).map(({ type }) => type).slice(3)).toEqual(['RunStarted', 'RunFailed']);
  });

  it('is one run under one idempotency key, whoever sends it how often and at once', async () => {
    const manifest = await bench.manifest();
    const options = key();
    const request = submission({ manifest, pool: 'nobody' });
    const other = await bench.start();
    const answers = await Promise.all(
      [one, other, one, other].map(({ client }) => client.scheduler.submitRun(request, options)),
    );
    expect(new Set(answers.map(({ run }) => run?.id)).size).toBe(1);
    expect(answers.filter(({ created }) => created)).toHaveLength(1);
    const again = await one.client.scheduler.submitRun(request, options);
    expect(again).toEqual({ ...answers[0], created: false });
    await expect(one.client.scheduler.submitRun({ ...request, priority: 1 }, options)).rejects.toMatchObject({
      kind: 'already-exists',
      code: 'IDEMPOTENCY_KEY_REUSED',
    });
    await cancel(again.run?.id ?? '');
  });

  it('that cannot be is recorded with every problem; a dry run records nothing', async () => {
    const code = { tree: digit('c'), sizeBytes: 1 };
    const data = { birds: { digest: digit('d'), format: 'csv' } } as const;
    const manifest = await bench.manifest(manifestOf({}, { code, data }));
    const tried = await one.client.scheduler.submitRun(submission({ manifest, dryRun: true }), key());
    expect(tried).toMatchObject({
      ...{ created: false, position: '' },
      run: { status: 'RUN_STATUS_REJECTED', problems: [{ field: 'code' }, { field: 'data.birds' }] },
    });
    await expect(get(tried.run?.id ?? '')).rejects.toMatchObject({ code: 'RUN_NOT_FOUND' });
    const { run, created } = await one.client.scheduler.submitRun(submission({ manifest }), key());
    expect(created).toBe(true);
    expect(await get(run?.id ?? '')).toMatchObject({
      ...{ status: 'RUN_STATUS_REJECTED', manifest: '' },
      problems: [{ code: 'BLOB_MISSING' }, { code: 'BLOB_MISSING' }],
    });
    await expect(cancel(run?.id ?? '')).rejects.toMatchObject({ kind: 'rule', code: 'RUN_ENDED' });
  });

  it('is refused with everything that is wrong with the request', async () => {
    const { scheduler } = one.client;
    const wrong = {
      ...{ namespace: 'No', pool: 'No', priority: 101, reproductionOf: 'x', reason: '\u202e' },
      overrides: Buffer.from('{"l2":1}'),
    };
    expect(
      await problemsOf(scheduler.submitRun(submission({ ...wrong, manifest: 'latest' }), key())),
    ).toEqual(
      [
        ...['DIGEST_INVALID', 'ID_INVALID', 'NAME_INVALID', 'NAME_INVALID', 'OVERRIDES_WITH_MANIFEST'],
        ...['PRIORITY_INVALID', 'TEXT_UNSAFE'],
      ].sort(),
    );
    expect(await problemsOf(scheduler.submitRun(submission({}), key()))).toEqual(['MISSING_FIELD']);
    await expect(scheduler.submitRun(submission({ manifest: digit('0') }), key())).rejects.toMatchObject({
      kind: 'not-found',
      code: 'MANIFEST_NOT_FOUND',
    });
  });
});

describe('cancelling', () => {
  it('ends a waiting run at once', async () => {
    const { executor, pool, id } = await lone();
    expect(await problemsOf(one.client.scheduler.cancelRun({ namespace: '', id, reason: '' }))).toEqual([
      'MISSING_FIELD',
    ]);
    const options = key();
    const { run, position } = await cancel(id, options);
    expect(run?.status).toBe('RUN_STATUS_CANCELLED');
    expect(await cancel(id, options)).toEqual({ run, position });
    expect((await cancel(id)).run?.status).toBe('RUN_STATUS_CANCELLED');
    await eventually(async () => (await executor.beat()).workWaiting === false);
    expect(await executor.claim({ pool })).toBeUndefined();
  });

  it.each(['claimed', 'running'])(
    'tells the executor of a run that is %s, which then says so',
    async (stage) => {
      const { executor, claim, id } = await lone();
      const assignment = await claim();
      if (stage === 'running') await executor.started(assignment);
      expect(await executor.beat(assignment)).toMatchObject({ cancel: [], abandon: [] });
      expect((await cancel(id)).run?.status).toBe('RUN_STATUS_CANCELLING');
      expect(await executor.beat(assignment)).toMatchObject({ cancel: [{ runId: id, epoch: 1 }] });
      if (stage === 'running') expect((await executor.step(assignment)).cancel).toBe(true);
      await executor.cancelled(assignment);
      await executor.cancelled(assignment);
      expect(await get(id)).toMatchObject({
        status: 'RUN_STATUS_CANCELLED',
        attempts: [{ outcome: 'cancelled' }],
      });
      // It has said so itself: there is nothing to give up.
      expect(await executor.beat(assignment)).toMatchObject({ cancel: [], abandon: [] });
    },
  );

  it('ends with the lease of an executor that says nothing', async () => {
    const { executor, pool, claim, id } = await lone();
    await claim();
    await cancel(id);
    await executor.join({ pool });
    const run = await eventually(async () => {
      const now = await get(id);
      return now?.status === 'RUN_STATUS_CANCELLED' && now;
    });
    expect(run.attempts).toMatchObject([{ outcome: 'lease-expired' }]);
  });

  it('does not undo what has ended', async () => {
    const { executor, claim, id } = await lone();
    await executor.finish(await claim());
    await expect(cancel(id)).rejects.toMatchObject({ kind: 'rule', code: 'RUN_ENDED' });
  });
});

describe('claims', () => {
  it('are arbitrated between executors and schedulers: each run goes to one', async () => {
    const two = await bench.start();
    const pool = 'race';
    const manifest = await bench.manifest();
    const executors = [one, two, one, two].map(({ client }) => executorOn(client, bench));
    await Promise.all(executors.map((executor) => executor.join({ pool, slots: 10 })));
    const runs = await Promise.all(
      Array.from({ length: 8 }, () => one.client.scheduler.submitRun(submission({ manifest, pool }), key())),
    );
    const claimed: string[] = [];
    await Promise.all(
      executors.map(async (executor) => {
        while (claimed.length < runs.length) {
          const assignment = await executor.claim({ pool });
          if (assignment !== undefined) claimed.push(assignment.runId);
        }
      }),
    );
    expect(claimed.sort()).toEqual(runs.map(({ run }) => run?.id).sort());
    for (const id of claimed)
      expect((await stored(id)).filter(({ type }) => type === 'RunClaimed')).toHaveLength(1);
    for (const executor of executors) await executor.join({ pool });
    for (const id of claimed) await cancel(id);
  });

  it('that got no answer are answered again under their key', async () => {
    const { executor, pool, claim, id } = await lone();
    const options = key();
    const first = await eventually(() => executor.claim({ pool }, options));
    const { run } = await one.client.scheduler.submitRun(
      submission({ manifest: await bench.manifest(), pool }),
      key(),
    );
    await eventually(async () => (await executor.beat()).workWaiting);
    expect(await executor.claim({ pool }, options)).toEqual(first);
    expect(first.runId).toBe(id);
    expect((await claim()).runId).toBe(run?.id);
    await executor.join({ pool });
  });

  it('go by priority, then fairly between namespaces, then by recorded order, and only where labels match', async () => {
    const pool = 'order';
    const executor = executorOn(one.client, bench);
    await executor.join({ pool });
    const manifest = await bench.manifest();
    const gpu = await bench.manifest(manifestOf({ labels: { gpu: 'a100' } }));
    const submit = async (namespace: string, more: object = {}) =>
      (await one.client.scheduler.submitRun(submission({ namespace, manifest, pool, ...more }), key())).run
        ?.id;
    const a = [await submit('a'), await submit('a'), await submit('a')];
    const b = await submit('b');
    const urgent = await submit('a', { priority: 5 });
    const special = await submit('a', { priority: 9, manifest: gpu });
    const position = (await one.client.scheduler.submitRun(submission({ manifest, pool: 'else' }), key()))
      .position;
    await one.client.scheduler.listExecutors({ pageSize: 0, pageToken: '' }, { minPosition: position });
    const next = async (labels = {}) => (await executor.claim({ pool, labels }))?.runId;
    expect([await next(), await next(), await next(), await next()]).toEqual([urgent, b, a[0], a[1]]);
    expect(await next({ gpu: 'a100' })).toBe(special);
    expect([await next(), await next()]).toEqual([a[2], undefined]);
    await executor.join({ pool });
  });

  it('are not for executors that nobody knows, that drain, or that left', async () => {
    const { executor, pool, claim } = await lone();
    const stranger = executorOn(one.client, bench);
    await expect(stranger.claim({ pool })).rejects.toMatchObject({ code: 'EXECUTOR_NOT_JOINED' });
    await expect(stranger.beat()).rejects.toMatchObject({ code: 'EXECUTOR_NOT_JOINED' });
    const set = (mode: string) =>
      one.client.scheduler.setExecutorMode({ id: executor.id, mode, reason }, key());
    expect((await set('draining')).executor).toMatchObject({ mode: 'draining', busy: 0 });
    expect(await executor.beat()).toMatchObject({ mode: 'draining', workWaiting: false });
    expect(await executor.claim({ pool })).toBeUndefined();
    await set('active');
    expect(await executor.claim({ pool, freeSlots: 0 })).toBeUndefined();
    expect((await claim()).epoch).toBe(1);
    await executor.join({ pool });
    await one.client.scheduler.leavePool({ executorId: executor.id });
    await expect(executor.claim({ pool })).rejects.toMatchObject({ code: 'EXECUTOR_NOT_JOINED' });
    await eventually(async () => {
      const { executors } = await one.client.scheduler.listExecutors({ pool, pageSize: 0, pageToken: '' });
      expect(executors).toMatchObject([{ id: executor.id }]);
      return executors[0]?.mode === 'left';
    });
    expect(await problemsOf(set('gone'))).toEqual(['MODE_INVALID']);
  });
});

describe('wake-ups', () => {
  it('ring in the pool as soon as a run can be claimed, and again while nobody does', async () => {
    const rung: string[] = [];
    const subscription = bench.engines.bus.subscribe({ topics: ['holdfast.wake-ups.v1'] }, ({ key }) => {
      rung.push(key);
    });
    await subscription.ready;
    const { pool, executor, id } = await lone();
    await eventually(() => Promise.resolve(rung.includes(pool)));
    const waiting = await executor.beat();
    expect(waiting.workWaiting).toBe(true);
    rung.length = 0;
    one.clock.advance(2_000);
    await eventually(() => Promise.resolve(rung.includes(pool)));
    await subscription.close();
    await cancel(id);
  });

  it('call the executor of a run that is to be cancelled', async () => {
    const called: (string | undefined)[] = [];
    const subscription = bench.engines.bus.subscribe({ topics: ['holdfast.wake-ups.v1'] }, ({ headers }) => {
      called.push(headers['executor']);
    });
    await subscription.ready;
    const { executor, claim, pool, id } = await lone();
    await claim();
    await cancel(id);
    await eventually(() => Promise.resolve(called.includes(executor.id)));
    await subscription.close();
    await executor.join({ pool });
  });
});

describe('reports', () => {
  it('are refused with every problem, and count only when the server holds their bytes', async () => {
    const { executor, pool, claim } = await lone();
    const assignment = await claim();
    await executor.started(assignment);
    expect(
      await problemsOf(executor.step(assignment, { name: '', status: 'done', seed: 'x', stdout: undefined })),
    ).toEqual(['DIGEST_INVALID', 'MISSING_FIELD', 'SEED_INVALID', 'STEP_STATUS_INVALID']);
    const lie = { digest: digit('f'), sizeBytes: 1 };
    await expect(executor.step(assignment, { stdout: lie })).rejects.toMatchObject({ code: 'BLOB_MISSING' });
    expect(await problemsOf(executor.report(assignment, undefined))).toEqual(['MISSING_FIELD']);
    await expect(executor.completed(assignment)).rejects.toMatchObject({ code: 'STEPS_INCOMPLETE' });
    await executor.join({ pool });
  });

  it('of a wrong result end the run; the class is kept', async () => {
    const { executor, claim, id } = await lone();
    const assignment = await claim();
    await executor.failed(assignment, 'output-missing');
    await executor.failed(assignment, 'output-missing');
    expect(await get(id)).toMatchObject({
      status: 'RUN_STATUS_FAILED',
      failure: { failureClass: 'output-missing', message: 'it broke' },
      attempts: [{ outcome: 'failed' }],
    });
  });
});

describe('finding runs', () => {
  it('goes by id, beginning of an id, and `last`', async () => {
    const { id } = await lone({ namespace: 'finding' });
    const find = async (given: string, namespace = 'finding') =>
      (await one.client.scheduler.getRun({ namespace, id: given })).run?.id;
    expect(await find('last')).toBe(id);
    expect(await find('last', '')).toBe(id);
    expect(await find(id.slice(0, 8))).toBe(id);
    expect(await find(id, 'elsewhere')).toBe(id);
    await expect(find(id.slice(0, 8), 'elsewhere')).rejects.toMatchObject({ code: 'RUN_NOT_FOUND' });
    await expect(find(id.slice(0, 3))).rejects.toMatchObject({ code: 'RUN_ID_INVALID' });
    await expect(find('Last')).rejects.toMatchObject({ code: 'RUN_ID_INVALID' });
    await expect(find(systemChance.uuid())).rejects.toMatchObject({ code: 'RUN_NOT_FOUND' });
    await cancel(id);
  });

  it('lists by filter, sorted by time or by a metric, page by page', async () => {
    const namespace = 'listing';
    const pool = 'listing';
    const executor = executorOn(one.client, bench);
    await executor.join({ pool });
    const manifest = await bench.manifest();
    const ids: string[] = [];
    for (const value of [0.5, 0.9, 0.7, undefined]) {
      const { run } = await one.client.scheduler.submitRun(submission({ namespace, manifest, pool }), key());
      ids.push(run?.id ?? '');
      if (value !== undefined) await executor.finish(await eventually(() => executor.claim({ pool })), value);
    }
    const list = async (more: object) => {
      const request = { namespace, pageSize: 0, pageToken: '', statuses: [], orderBy: '', ...more };
      const { runs, nextPageToken } = await one.client.scheduler.listRuns(request);
      return { ids: runs.map(({ id }) => id), nextPageToken, runs };
    };
    const [a, b, c, d] = ids;
    expect((await list({})).ids).toEqual([d, c, b, a]);
    expect((await list({ orderBy: 'submitted_at' })).ids).toEqual([a, b, c, d]);
    expect((await list({ orderBy: '-metrics.accuracy' })).ids).toEqual([b, c, a]);
    expect((await list({ orderBy: 'metrics.absent' })).ids).toEqual([]);
    expect((await list({ statuses: ['RUN_STATUS_QUEUED', 'RUN_STATUS_RUNNING'] })).ids).toEqual([d]);
    expect((await list({ blueprint: 'default/species' })).ids).toHaveLength(4);
    expect((await list({ blueprint: 'species' })).ids).toHaveLength(4);
    expect((await list({ blueprint: `species@${digit('1')}` })).ids).toHaveLength(4);
    expect((await list({ blueprint: 'default/other' })).ids).toEqual([]);
    const first = await list({ pageSize: 2, orderBy: '-metrics.accuracy' });
    expect(first.ids).toEqual([b, c]);
    expect(first.runs[0]?.steps).toMatchObject([{ name: 'train', status: 'completed', outputs: [] }]);
    const { nextPageToken: pageToken } = first;
    expect((await list({ pageSize: 2, orderBy: '-metrics.accuracy', pageToken })).ids).toEqual([a]);
    await expect(list({ pageToken })).rejects.toMatchObject({ code: 'PAGE_TOKEN_STALE' });
    await expect(list({ orderBy: 'knobs' })).rejects.toMatchObject({ kind: 'invalid' });
    await cancel(d ?? '');
  });
});
