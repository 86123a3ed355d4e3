import { beforeAll, expect, it } from '@jest/globals';
import { systemChance, type Digest } from '#kernel';
import { digestBytes, treeDigest, treeManifest, treeOf } from '#evidence';
import { eventually, executorOn, key, submission } from '../../apps/scheduler/testing/bench.js';
import { bothWays } from './both-ways.js';

const reason = 'because it is a test';
const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
const digest = `sha256:${'e'.repeat(64)}` as Digest;
const script = Buffer.from('console.log(1)\n');
const code = treeOf([
  { path: 'train.mjs', sizeBytes: script.length, digest: digestBytes(script), mode: '100644' },
]);
const namespace = 'scheduling';
const ref = (value: string) => ({ $case: 'blueprint', value }) as const;

bothWays('admission and leases', (system) => {
  const registry = () => system().connection.registry;
  const scheduler = () => system().connection.scheduler;

  async function declare(name: string, more: object = {}) {
    const blueprint = `${namespace}/${name}`;
    const document = {
      ...{ blueprint, why: 'Does it work?', code: { path: './src' }, environment: 'node-26' },
      ...{ knobs: { learningRate: 0.5 }, seed: 7, pool: name },
      steps: { train: { run: ['node', 'train.mjs'], out: { model: 'model.json' } } },
      ...more,
    };
    const lock = {
      ...{ v: 1, holdfast: '0.1.0', blueprint, architecture: 'x64', sourceDateEpoch: 315_532_800 },
      code: { tree: treeDigest(code), sizeBytes: script.length },
      environment: { name: 'node-26', kind: 'node', digest },
      data: {},
    };
    return registry().declareBlueprint(
      { namespace, document: json(document), lock: json(lock), reason },
      key(),
    );
  }
  /** An executor of the test's own, in a pool that only it serves. */
  async function worker(pool: string) {
    const blob = async (text: string) => {
      const { digest, sizeBytes } = await system().artifacts.put(Buffer.from(text));
      return { digest, sizeBytes };
    };
    const executor = executorOn(system().connection, { blob });
    await executor.join({ pool });
    return executor;
  }

  beforeAll(async () => {
    const knob = {
      ...{ knob: 'learningRate', type: 'number', range: { min: 0, max: 1 } },
      ...{ default: 0.1, description: 'Step size' },
    };
    const node = { environment: 'node-26', kind: 'node', architecture: 'x64', digest };
    for (const bytes of [script, treeManifest(code)]) await system().artifacts.put(bytes);
    await registry().declareKnob({ namespace, declaration: json(knob), reason }, key());
    await registry().registerEnvironment({ namespace, name: '', declaration: json(node), reason }, key());
  });

  it('a blueprint declared a moment ago is resolved, queued in its pool and run', async () => {
    await declare('fresh');
    const { run, created } = await scheduler().submitRun(
      submission({ what: ref(`${namespace}/fresh`), overrides: json({ learningRate: 0.25 }), reason }),
      key(),
    );
    expect({ run, created }).toMatchObject({
      created: true,
      run: { status: 'RUN_STATUS_QUEUED', namespace, pool: 'fresh', blueprint: `${namespace}/fresh`, reason },
    });
    expect(JSON.parse(String(run?.knobs))).toEqual({ learningRate: 0.25 });
    const executor = await worker('fresh');
    const assignment = await eventually(() => executor.claim({ pool: 'fresh' }));
    expect(assignment).toMatchObject({ runId: run?.id, reproducibilityKey: run?.reproducibilityKey });
    expect(await system().artifacts.missing([assignment.manifest as Digest])).toEqual([]);
    await executor.finish(assignment);
    const statuses = [];
    const watched = scheduler().watchRun({ namespace, id: 'last', fromRevision: 0 });
    for await (const { run } of watched) statuses.push(run?.status);
    expect(statuses.at(-1)).toBe('RUN_STATUS_COMPLETED');
  });

  it('what the catalogue refuses is a recorded run with every problem; what is wrong with the request comes along', async () => {
    await declare('refused', { knobs: { learningRate: 2, depth: 3 } });
    const request = submission({ what: ref('refused'), namespace });
    const { run } = await scheduler().submitRun(request, key());
    expect(run).toMatchObject({ status: 'RUN_STATUS_REJECTED', pool: 'default' });
    const codes = run?.problems.map(({ field }) => field).sort();
    expect(codes?.length).toBeGreaterThanOrEqual(2);
    const wrong = { ...request, priority: 500, reproductionOf: 'x' };
    const refused = await scheduler()
      .submitRun(wrong, key())
      .then(
        () => [],
        (error: { problems: readonly { field: string }[] }) => error.problems.map(({ field }) => field),
      );
    expect(refused.sort()).toEqual([...(codes ?? []), 'priority', 'reproduction_of'].sort());
    await expect(
      scheduler().submitRun(submission({ what: ref('absent'), namespace }), key()),
    ).rejects.toMatchObject({ kind: 'not-found', code: 'BLUEPRINT_NOT_FOUND' });
    const unreasoned = submission({
      what: ref('refused'),
      namespace,
      overrides: json({ learningRate: 0.1 }),
    });
    await expect(scheduler().submitRun(unreasoned, key())).rejects.toMatchObject({
      problems: expect.arrayContaining([expect.objectContaining({ field: 'reason' })]),
    });
  });

  it('many clients with one key make one run, and many executors share runs without taking one twice', async () => {
    await declare('shared');
    const request = submission({ what: ref('shared'), namespace });
    const options = key();
    const same = await Promise.all(Array.from({ length: 6 }, () => scheduler().submitRun(request, options)));
    expect(new Set(same.map(({ run }) => run?.id)).size).toBe(1);
    expect(same.filter(({ created }) => created)).toHaveLength(1);
    const others = await Promise.all(Array.from({ length: 5 }, () => scheduler().submitRun(request, key())));
    const all = new Set([...same, ...others].map(({ run }) => run?.id ?? ''));
    const executors = await Promise.all([1, 2, 3].map(() => worker('shared')));
    const taken: string[] = [];
    await Promise.all(
      executors.map(async (executor) => {
        while (taken.length < all.size) {
          const assignment = await executor.claim({ pool: 'shared' }, key());
          if (assignment === undefined) continue;
          taken.push(assignment.runId);
          await executor.finish(assignment);
        }
      }),
    );
    expect(taken.sort()).toEqual([...all].sort());
  });

  it('a cancelled run stays cancelled, whatever stage it was at', async () => {
    await declare('stopped');
    const executor = await worker('stopped');
    const submit = async () =>
      (await scheduler().submitRun(submission({ what: ref('stopped'), namespace }), key())).run?.id ?? '';
    const cancel = (id: string) => scheduler().cancelRun({ namespace, id, reason }, key());
    const waiting = await submit();
    expect((await cancel(waiting)).run?.status).toBe('RUN_STATUS_CANCELLED');
    const held = await submit();
    const assignment = await eventually(() => executor.claim({ pool: 'stopped' }));
    expect(assignment.runId).toBe(held);
    await executor.started(assignment);
    expect((await cancel(held)).run?.status).toBe('RUN_STATUS_CANCELLING');
    expect((await executor.beat(assignment)).cancel).toEqual([{ runId: held, epoch: 1 }]);
    await executor.cancelled(assignment);
    await expect(cancel(systemChance.uuid())).rejects.toMatchObject({ code: 'RUN_NOT_FOUND' });
    for (const id of [waiting, held]) {
      const { run } = await scheduler().getRun({ namespace, id });
      expect(run?.status).toBe('RUN_STATUS_CANCELLED');
      await expect(
        scheduler().tailLogs({ namespace, id, follow: true, shown: [] })[Symbol.asyncIterator]().next(),
      ).resolves.toMatchObject({ done: true });
    }
  });
});
