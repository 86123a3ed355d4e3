import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { JsonObject, StreamId } from '#kernel';
import type { scheduler } from '#contracts';
import { decodeEnvelope } from '#contracts/stored';
import { parseManifest } from '#domain/manifest';
import { eventually, executorOn, key, openBench, type Bench, type Instance } from './testing/bench.js';
import { startLocalRegistry, type LocalRegistry } from './testing/local-registry.js';

let bench: Bench;
let registry: LocalRegistry;
let one: Instance;

const start = (sweepWindow = 256) => bench.start({ registryAddress: registry.running.address, sweepWindow });
beforeEach(async () => {
  [bench, registry] = await Promise.all([openBench(), startLocalRegistry()]);
  one = await start();
});
afterEach(async () => {
  await bench.dispose();
  await registry.running.close();
});

const request = (
  axes: string[],
  more: Partial<scheduler.SubmitSweepRequest> = {},
): scheduler.SubmitSweepRequest => ({
  ...{ namespace: '', blueprint: 'species', axes, trials: 0, reason: 'to see', priority: 0, dryRun: false },
  ...more,
});
const submit = async (axes: string[], more: Partial<scheduler.SubmitSweepRequest> = {}, options = key()) => {
  const answer = await one.client.scheduler.submitSweep(request(axes, more), options);
  return { ...answer, sweep: answer.sweep as scheduler.Sweep };
};
const read = async (id: string, { client } = one) => {
  const { sweep, members } = await client.scheduler.getSweep(
    { namespace: '', id, summary: false },
    { repeatable: true },
  );
  return { ...(sweep as scheduler.Sweep), list: members };
};
const until = (id: string, condition: (sweep: scheduler.Sweep) => boolean, instance = one) =>
  eventually(async () => {
    const sweep = await read(id, instance);
    return condition(sweep) && sweep;
  });
const runsOf = async (sweep: string, { client } = one) => {
  const asked = {
    namespace: '',
    pageSize: 1000,
    pageToken: '',
    statuses: [],
    orderBy: 'submitted_at',
    sweep,
  };
  return (await client.scheduler.listRuns(asked, { repeatable: true })).runs;
};
const knobsOf = ({ knobs }: { knobs: Uint8Array }) => JSON.parse(Buffer.from(knobs).toString()) as JsonObject;
const stored = async (stream: string) => {
  const events = [];
  for await (const batch of bench.engines.eventStore.readStream(stream as StreamId))
    for (const { eventId, type, bytes } of batch) events.push({ eventId, type, ...decodeEnvelope(bytes) });
  return events;
};
const problemsOf = async (answer: Promise<unknown>) => {
  const error = await answer.then(
    () => ({ code: 'none', problems: [] }),
    (thrown: unknown) =>
      thrown as { code: string; problems: { code: string; field: string; fix?: string }[] },
  );
  return { code: error.code, problems: error.problems.map(({ code, field }) => `${field} ${code}`) };
};

describe('a sweep', () => {
  it('becomes one run for each member, all of one version, and is completed when they are', async () => {
    const { sweep, created } = await submit(['lr=0.1,0.2', 'depth=range(1,4)'], { priority: 3 });
    expect(sweep).toMatchObject({
      status: 'open',
      members: 6,
      submitted: 0,
      blueprintVersion: registry.version,
    });
    expect(created).toBe(true);
    const pinned = registry.version;
    registry.redeclare({ why: 'Another version, that no member runs' });
    await until(sweep.id, ({ submitted }) => submitted === 6);
    const runs = await runsOf(sweep.id);
    expect(runs.map(({ sweepIndex }) => sweepIndex)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(runs.map((run) => run.blueprintVersion)).toEqual(Array(6).fill(pinned));
    expect(runs.map((run) => [knobsOf(run)['depth'], knobsOf(run)['lr']])).toEqual([
      ...[1, 2, 3].flatMap((depth) => [
        [depth, 0.1],
        [depth, 0.2],
      ]),
    ]);
    expect(runs).toMatchObject(Array(6).fill({ reason: 'to see', priority: 3, status: 'RUN_STATUS_QUEUED' }));
    const executor = executorOn(one.client, bench);
    await executor.join();
    for (let left = 6; left > 0; left--)
      await executor.finish(await eventually(() => executor.claim()), left / 10);
    const done = await until(sweep.id, ({ status }) => status === 'completed');
    expect(done).toMatchObject({ completed: 6, failed: 0, cancelled: 0 });
    expect(done.list.map(({ run }) => run)).toEqual(runs.map(({ id }) => id));
    expect(done.list.map(knobsOf)[1]).toEqual({ depth: 1, lr: 0.2 });
  });

  it('is the cause of its members, which are asked for by the same person for the same reason', async () => {
    const correlationId = 'a-sweep';
    const { sweep } = await submit(['depth=1,2'], {}, { ...key(), correlationId } as ReturnType<typeof key>);
    await until(sweep.id, ({ submitted }) => submitted === 2);
    const [submission] = await stored(sweep.stream);
    for (const { stream } of await runsOf(sweep.id)) {
      const [asked] = await stored(stream);
      expect(asked?.metadata).toMatchObject({
        ...{ reason: 'to see', correlationId, causationId: submission?.eventId },
        actor: submission?.metadata.actor,
      });
      expect(asked?.data['sweep']).toMatchObject({ id: sweep.id });
    }
  });

  it('is the same one under the same key, and another request is refused under it', async () => {
    const options = key();
    const first = await submit(['depth=1,2'], {}, options);
    const again = await submit(['depth=1,2'], {}, options);
    expect(again).toMatchObject({ created: false, position: first.position, sweep: { id: first.sweep.id } });
    await expect(submit(['depth=1,3'], {}, options)).rejects.toMatchObject({
      code: 'IDEMPOTENCY_KEY_REUSED',
    });
  });

  it('says what it would be and records nothing', async () => {
    const answer = await submit(['depth=range(0,100)', 'lr=random(0,1)'], { trials: 100, dryRun: true });
    expect(answer).toMatchObject({ created: false, sweep: { members: 10_000, status: 'open' } });
    expect(answer.members).toHaveLength(10_000);
    expect(await stored(answer.sweep.stream)).toEqual([]);
  });

  it('sweeps the root seed, and shares it otherwise', async () => {
    const { sweep } = await submit(['seed=1,2', 'solver=adam,sgd']);
    await until(sweep.id, ({ submitted }) => submitted === 4);
    const seeds = await Promise.all(
      (await runsOf(sweep.id)).map(async ({ manifest }) => {
        const { pinned } = parseManifest(await bench.engines.artifacts.read(manifest as never));
        return [pinned.seed.root, pinned.knobs['solver']];
      }),
    );
    expect(seeds).toEqual([
      [1, 'adam'],
      [1, 'sgd'],
      [2, 'adam'],
      [2, 'sgd'],
    ]);
  });

  it('is refused whole, with every problem of the request, the space and every member', async () => {
    const bad = request(['lr=0.1,999', 'depth=range(5,1)', 'solver=adam,rmsprop', 'sed=1'], {
      reason: ' ',
      priority: 200,
    });
    expect(await problemsOf(one.client.scheduler.submitSweep(bad, key()))).toEqual({
      code: 'SWEEP_INVALID',
      problems: expect.arrayContaining([
        'reason MISSING_FIELD',
        'priority PRIORITY_INVALID',
        'axes.depth SWEEP_RANGE_EMPTY',
        'knobs.sed KNOB_NOT_SET',
        'knobs.lr KNOB_OUT_OF_RANGE',
        'knobs.solver KNOB_NOT_A_CHOICE',
      ]),
    });
    expect(await problemsOf(submit(['lr=0.1,999', 'solver=adam,rmsprop', 'depht=1', 'seed=3,-1']))).toEqual({
      code: 'SWEEP_INVALID',
      problems: [
        'knobs.depht KNOB_NOT_SET',
        'knobs.lr KNOB_OUT_OF_RANGE',
        'knobs.seed KNOB_OUT_OF_RANGE',
        'knobs.solver KNOB_NOT_A_CHOICE',
      ],
    });
    expect(await problemsOf(submit(['lr=1'], { blueprint: 'absent' }))).toMatchObject({
      code: 'BLUEPRINT_NOT_FOUND',
    });
    expect(await problemsOf(submit(['lr='], { blueprint: 'absent' }))).toEqual({
      code: 'SWEEP_INVALID',
      problems: ['axes.lr SWEEP_VALUE_MISSING', 'blueprint BLUEPRINT_NOT_FOUND'],
    });
    const { sweeps } = await one.client.scheduler.listSweeps(
      { namespace: '', pageSize: 0, pageToken: '' },
      { repeatable: true },
    );
    expect(sweeps).toEqual([]);
  });

  it('is found by its id, its beginning, and `last`; and listed in pages, newest first', async () => {
    const ids: string[] = [];
    for (let n = 0; n < 5; n++) ids.unshift((await submit([`depth=${n}`])).sweep.id);
    const seen: string[] = [];
    for (let pageToken = ''; ;) {
      const asked = { namespace: 'default', pageSize: 2, pageToken };
      const page = await one.client.scheduler.listSweeps(asked, { repeatable: true });
      seen.push(...page.sweeps.map(({ id }) => id));
      if ((pageToken = page.nextPageToken) === '') break;
    }
    expect(seen).toEqual(ids);
    const [newest = ''] = ids;
    expect((await read('last')).id).toBe(newest);
    expect((await read(newest.slice(0, 13))).id).toBe(newest);
    await expect(read('abc')).rejects.toMatchObject({ code: 'SWEEP_ID_INVALID' });
    await expect(read('00000000-0000-5000-8000-000000000000')).rejects.toMatchObject({ kind: 'not-found' });
  });
});

describe('members', () => {
  it('are open a window at a time: when one ends, the next but so many follows', async () => {
    await one.close();
    one = await start(5);
    const { sweep } = await submit(['depth=range(0,20)']);
    await until(sweep.id, ({ submitted }) => submitted === 5);
    const executor = executorOn(one.client, bench);
    await executor.join();
    await executor.finish(await eventually(() => executor.claim()));
    await until(sweep.id, ({ submitted }) => submitted === 6);
    const indexes = (await runsOf(sweep.id)).map(({ sweepIndex }) => sweepIndex);
    expect(indexes).toEqual([0, 1, 2, 3, 4, 5]);
    await one.close();
    // What a sweep began with stays, whatever the setting is now.
    one = await start(7);
    const again = executorOn(one.client, bench);
    await eventually(() => again.join().catch(() => undefined));
    for (let left = 19; left > 0; left--) await again.finish(await eventually(() => again.claim()));
    expect(await until(sweep.id, ({ status }) => status === 'completed')).toMatchObject({ completed: 20 });
  });

  it('are all told to end, for the reason the sweep is to, and none follows', async () => {
    await one.close();
    one = await start(10);
    const { sweep } = await submit(['depth=range(0,100)', 'lr=0,1,2']);
    const executor = executorOn(one.client, bench);
    await executor.join();
    const held = await eventually(() => executor.claim());
    await executor.started(held);
    const ended = await eventually(() => executor.claim());
    await executor.finish(ended);
    await one.client.scheduler.cancelSweep({ namespace: '', id: 'last', reason: 'seen enough' }, key());
    const stopped = await until(sweep.id, ({ status }) => status === 'cancelled');
    const after = await until(sweep.id, ({ submitted, cancelled }) => cancelled === submitted - 2);
    expect(after).toMatchObject({ completed: 1, failed: 0 });
    expect(after.submitted).toBe(stopped.submitted);
    const runs = await runsOf(sweep.id);
    expect(runs.find(({ id }) => id === held.runId)).toMatchObject({ status: 'RUN_STATUS_CANCELLING' });
    const cancelled = runs.find(({ status }) => status === 'RUN_STATUS_CANCELLED');
    expect((await stored(cancelled?.stream ?? '')).at(-1)?.metadata).toMatchObject({ reason: 'seen enough' });
    await executor.cancelled(held);
    await until(sweep.id, (now) => now.cancelled === now.submitted - 1);
    expect((await stored(sweep.stream)).map(({ type }) => type)).toEqual([
      'SweepSubmitted',
      'SweepCancelRequested',
      'SweepCancelled',
    ]);
    await one.client.scheduler.cancelSweep({ namespace: '', id: sweep.id, reason: 'again' }, key());
    expect(await stored(sweep.stream)).toHaveLength(3);
  });

  it('go on where they were after the scheduler was killed, each one once', async () => {
    registry.answers = 8;
    const { sweep } = await submit(['depth=range(0,20)']);
    await until(sweep.id, ({ submitted }) => submitted === 7);
    await one.close();
    registry.answers = Infinity;
    one = await start();
    await until(sweep.id, ({ submitted }) => submitted === 20);
    const runs = await runsOf(sweep.id);
    expect(runs.map(({ sweepIndex }) => sweepIndex)).toEqual(Array.from({ length: 20 }, (_, index) => index));
    expect(registry.resolved).toBe(1 + 20);
  });

  it('are never doubled by two schedulers that both submit them', async () => {
    const two = await start();
    const { sweep } = await submit(['depth=range(0,20)']);
    await until(sweep.id, ({ submitted }) => submitted === 20);
    await until(sweep.id, ({ submitted }) => submitted === 20, two);
    const last = await submit(['lr=0.5']);
    await until(last.sweep.id, ({ submitted }) => submitted === 1, two);
    for (const instance of [one, two]) {
      const runs = await runsOf(sweep.id, instance);
      expect(new Set(runs.map(({ sweepIndex }) => sweepIndex)).size).toBe(20);
      expect(runs).toHaveLength(20);
    }
  });

  it('that fail are counted, and their read models are rebuilt identical', async () => {
    const { sweep } = await submit(['depth=1,2,3']);
    const executor = executorOn(one.client, bench);
    await executor.join();
    for (const outcome of ['failed', 'completed', 'failed']) {
      const assignment = await eventually(() => executor.claim());
      await executor.started(assignment);
      if (outcome === 'failed') await executor.failed(assignment, 'exit-status');
      else {
        await executor.step(assignment);
        await executor.completed(assignment);
      }
    }
    const done = await until(sweep.id, ({ status }) => status === 'completed');
    expect(done).toMatchObject({ submitted: 3, completed: 1, failed: 2 });
    for (const name of ['sweeps', 'sweep-members']) {
      let last: scheduler.RebuildProjectionResponse | undefined;
      for await (const progress of one.client.scheduler.rebuildProjection({ name })) last = progress;
      expect(last?.progress?.result).toMatchObject({ identical: true });
    }
    const ended = one.client.scheduler.cancelSweep({ namespace: '', id: sweep.id, reason: 'late' }, key());
    await expect(ended).rejects.toMatchObject({ code: 'SWEEP_ENDED' });
  });
});
