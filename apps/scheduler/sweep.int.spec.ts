import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parseManifest } from '#domain/manifest';
import { eventually, key } from './testing/bench.js';
import { knobsOf, openSweepBench, sweepRequest, type SweepBench } from './testing/sweep-bench.js';

let bench: SweepBench;
beforeAll(async () => {
  bench = await openSweepBench();
});
afterAll(() => bench.close());

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
    const { sweep, created } = await bench.submit(['lr=0.1,0.2', 'depth=range(1,4)'], { priority: 3 });
    expect(sweep).toMatchObject({
      status: 'open',
      members: 6,
      submitted: 0,
      blueprintVersion: bench.registry.version,
    });
    expect(created).toBe(true);
    const pinned = bench.registry.version;
    bench.registry.redeclare({ why: 'Another version, that no member runs' });
    await bench.until(sweep.id, ({ submitted }) => submitted === 6);
    const runs = await bench.runs(sweep.id);
    expect(runs.map(({ sweepIndex }) => sweepIndex)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(runs.map((run) => run.blueprintVersion)).toEqual(Array(6).fill(pinned));
    expect(runs.map((run) => [knobsOf(run)['depth'], knobsOf(run)['lr']])).toEqual([
      ...[1, 2, 3].flatMap((depth) => [
        [depth, 0.1],
        [depth, 0.2],
      ]),
    ]);
    expect(runs).toMatchObject(Array(6).fill({ reason: 'to see', priority: 3, status: 'RUN_STATUS_QUEUED' }));
    const executor = bench.executor();
    await executor.join();
    for (let left = 6; left > 0; left--)
      await executor.finish(await eventually(() => executor.claim()), left / 10);
    const done = await bench.until(sweep.id, ({ status }) => status === 'completed');
    expect(done).toMatchObject({ completed: 6, failed: 0, cancelled: 0 });
    expect(done.list.map(({ run }) => run)).toEqual(runs.map(({ id }) => id));
    expect(done.list.map(knobsOf)[1]).toEqual({ depth: 1, lr: 0.2 });
  });

  it('is the cause of its members, which are asked for by the same person for the same reason', async () => {
    const correlationId = 'a-sweep';
    const { sweep } = await bench.submit(['depth=1,2'], {}, { ...key(), correlationId });
    await bench.until(sweep.id, ({ submitted }) => submitted === 2);
    const [submission] = await bench.stored(sweep.stream);
    for (const { stream } of await bench.runs(sweep.id)) {
      const [asked] = await bench.stored(stream);
      expect(asked?.metadata).toMatchObject({
        ...{ reason: submission?.metadata.reason, correlationId, causationId: submission?.eventId },
        actor: submission?.metadata.actor,
      });
      expect(asked?.data['sweep']).toMatchObject({ id: sweep.id });
    }
  });

  it('is the same one under the same key, and another request is refused under it', async () => {
    const options = key();
    const first = await bench.submit(['depth=1,2'], {}, options);
    const again = await bench.submit(['depth=1,2'], {}, options);
    expect(again).toMatchObject({ created: false, position: first.position, sweep: { id: first.sweep.id } });
    await expect(bench.submit(['depth=1,3'], {}, options)).rejects.toMatchObject({
      code: 'IDEMPOTENCY_KEY_REUSED',
    });
    // Nothing is recorded of it any more while others look at what is.
    await bench.until(first.sweep.id, ({ submitted }) => submitted === 2);
  });

  it('says what it would be and records nothing', async () => {
    const answer = await bench.submit(['depth=range(0,100)', 'lr=random(0,1)'], {
      trials: 100,
      dryRun: true,
    });
    expect(answer).toMatchObject({ created: false, sweep: { members: 10_000, status: 'open' } });
    expect(answer.members).toHaveLength(10_000);
    expect(await bench.stored(answer.sweep.stream)).toEqual([]);
  });

  it('sweeps the root seed, and shares it otherwise', async () => {
    const { sweep } = await bench.submit(['seed=1,2', 'solver=adam,sgd']);
    await bench.until(sweep.id, ({ submitted }) => submitted === 4);
    const seeds = await Promise.all(
      (await bench.runs(sweep.id)).map(async ({ manifest }) => {
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
    const before = await bench.engines.eventStore.head();
    const bad = sweepRequest(['lr=0.1,999', 'depth=range(5,1)', 'solver=adam,rmsprop', 'sed=1'], {
      reason: ' ',
      priority: 200,
    });
    expect(await problemsOf(bench.client.scheduler.submitSweep(bad, key()))).toEqual({
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
    expect(
      await problemsOf(bench.submit(['lr=0.1,999', 'solver=adam,rmsprop', 'depht=1', 'seed=3,-1'])),
    ).toEqual({
      code: 'SWEEP_INVALID',
      problems: [
        'knobs.depht KNOB_NOT_SET',
        'knobs.lr KNOB_OUT_OF_RANGE',
        'knobs.seed KNOB_OUT_OF_RANGE',
        'knobs.solver KNOB_NOT_A_CHOICE',
      ],
    });
    expect(await problemsOf(bench.submit(['lr=1'], { blueprint: 'absent' }))).toMatchObject({
      code: 'BLUEPRINT_NOT_FOUND',
    });
    expect(await problemsOf(bench.submit(['lr='], { blueprint: 'absent' }))).toEqual({
      code: 'SWEEP_INVALID',
      problems: ['axes.lr SWEEP_VALUE_MISSING', 'blueprint BLUEPRINT_NOT_FOUND'],
    });
    expect(await bench.engines.eventStore.head()).toBe(before);
  });

  it('is found by its id, its beginning, and `last`; and listed in pages, newest first', async () => {
    const ids: string[] = [];
    for (let n = 0; n < 5; n++) ids.unshift((await bench.submit([`depth=${n}`])).sweep.id);
    const seen: string[] = [];
    for (let pageToken = ''; ;) {
      const asked = { namespace: 'default', pageSize: 2, pageToken };
      const page = await bench.client.scheduler.listSweeps(asked, { repeatable: true });
      seen.push(...page.sweeps.map(({ id }) => id));
      if ((pageToken = page.nextPageToken) === '') break;
    }
    expect(seen.slice(0, 5)).toEqual(ids);
    expect(new Set(seen).size).toBe(seen.length);
    const [newest = ''] = ids;
    expect((await bench.read('last')).id).toBe(newest);
    expect((await bench.read(newest.slice(0, 13))).id).toBe(newest);
    await expect(bench.read('abc')).rejects.toMatchObject({ code: 'SWEEP_ID_INVALID' });
    await expect(bench.read('00000000-0000-5000-8000-000000000000')).rejects.toMatchObject({
      kind: 'not-found',
    });
  });
});
