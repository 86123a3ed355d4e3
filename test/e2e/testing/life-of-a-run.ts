import { expect, it } from '@jest/globals';
import { streamId } from '#kernel';
import { scheduler } from '#contracts';
import { eventually, executorOn } from '../../../apps/scheduler/testing/bench.js';
import { declare, ended, key, reason, submit, type Experiment } from '../../support/experiment.js';
import { appended } from '../../support/appended.js';
import { historyOf, isSealed, runOf } from '../../support/outcomes.js';
import type { System } from '../../support/system.js';

const { RUN_STATUS_CANCELLED, RUN_STATUS_CLAIMED, RUN_STATUS_COMPLETED, RUN_STATUS_FAILED } =
  scheduler.RunStatus;

const orchard: Experiment = {
  namespace: 'orchard',
  name: 'forest',
  files: {
    'count.mjs': `import { readFileSync, writeFileSync } from 'node:fs';
writeFileSync('outputs/rows', String(readFileSync('inputs/raw', 'utf8').trim().split('\\n').length - 1));`,
    'train.mjs': `import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
const { fold } = JSON.parse(readFileSync(process.env.HOLDFAST_PARAMS, 'utf8'));
writeFileSync('outputs/model', String(fold));
for (const value of [9, fold * 2]) appendFileSync(process.env.HOLDFAST_METRICS, JSON.stringify({ name: 'loss', value, step: value }) + '\\n');`,
    'report.mjs': `import { readdirSync, writeFileSync } from 'node:fs';
writeFileSync('outputs/report', readdirSync('inputs', { recursive: true }).sort().join('\\n'));`,
  },
  datasets: { trees: `kind,height\n${Array.from({ length: 9 }, (_, i) => `fir,${i}`).join('\n')}\n` },
  blueprint: {
    data: { trees: { dataset: 'trees@1', folds: { k: 3, seed: 3 } } },
    steps: {
      count: { run: ['node', 'count.mjs'], in: { raw: 'data.trees' }, out: { rows: 'rows' } },
      train: { run: ['node', 'train.mjs'], in: { raw: 'data.trees' }, out: { model: 'model' }, each: 'fold' },
      report: {
        run: ['node', 'report.mjs'],
        in: { rows: 'count.rows', folds: 'train' },
        out: { report: 'report' },
      },
    },
    metrics: { loss: { goal: 'minimize' } },
  },
};

const step = (namespace: string, script: string, more: object = {}): Experiment => ({
  namespace,
  name: 'one',
  files: { 'step.mjs': script },
  blueprint: { steps: { only: { run: ['node', 'step.mjs'] } }, ...more },
});

/** Tests of it on any system; each uses a namespace of its own. */
export function lifeOfARun(system: () => System): void {
  const client = () => system().connection.scheduler;
  const cancel = ({ namespace, id }: scheduler.Run) => client().cancelRun({ namespace, id, reason }, key());

  /** An executor of the test's own, in a pool that only it serves. */
  async function worker(pool: string, labels: Readonly<Record<string, string>> = {}) {
    const blob = async (text: string) => {
      const { digest, sizeBytes } = await system().artifacts.put(Buffer.from(text));
      return { digest, sizeBytes };
    };
    const executor = executorOn(system().connection, { blob });
    await executor.join({ pool, labels, architecture: process.arch });
    return executor;
  }

  it('goes through a graph with folds, with metrics over them, a sealed bundle and a complete history', async () => {
    const run = await runOf(system(), orchard);
    expect(run).toMatchObject({ status: RUN_STATUS_COMPLETED, stepsTotal: 5 });
    // Those that need nothing of each other are told in the order in which they ended.
    const steps = run.steps.map(({ name, fold, status }) => `${name} ${fold ?? '-'} ${status}`);
    expect(steps.at(-1)).toBe('report - completed');
    expect(steps.slice(0, 4).sort()).toEqual([
      ...['count - completed', 'train 0 completed', 'train 1 completed', 'train 2 completed'],
    ]);
    expect(run.metrics).toMatchObject([{ name: 'loss', value: 2, folds: 3, sd: 2, min: 0, max: 9 }]);
    const [report] = run.steps.find(({ name }) => name === 'report')?.outputs ?? [];
    const pieces = await Array.fromAsync(
      system().connection.provenance.getBlob({ digest: report?.digest ?? '', offset: 0 }),
    );
    expect(Buffer.concat(pieces.map(({ data }) => data)).toString()).toBe(
      [
        ...['folds', 'folds.json', 'folds/0', 'folds/0/model', 'folds/1', 'folds/1/model', 'folds/2'],
        ...['folds/2/model', 'rows'],
      ].join('\n'),
    );
    expect(new Set(run.steps.map(({ seed }) => seed)).size).toBe(5);
    await isSealed(system(), run);
    const { bundle } = await system().connection.provenance.getBundle({
      namespace: 'orchard',
      runId: run.id,
    });
    expect(bundle).toMatchObject({ reproducibilityKey: run.reproducibilityKey, manifest: run.manifest });
    const types = (await historyOf(system(), { subject: run.id })).map(({ type }) => type);
    expect(types).toEqual([
      ...['RunSubmitted', 'RunAdmitted', 'RunClaimed', 'RunStarted', ...Array(5).fill('StepCompleted')],
      ...['RunCompleted', 'BundleSealed'],
    ]);
  });

  it('is cancelled while its step runs, and the step is gone', async () => {
    const experiment = step('stopped', 'console.log("begun"); setInterval(() => {}, 1000);');
    await declare(system(), experiment);
    const run = await submit(system(), experiment);
    await appended(system(), streamId('run', run.id), 'RunStarted');
    await cancel(run);
    expect(await ended(system(), run)).toMatchObject({
      status: RUN_STATUS_CANCELLED,
      attempts: [{ outcome: 'cancelled' }],
    });
    await expect(cancel(run)).resolves.toMatchObject({ run: { status: RUN_STATUS_CANCELLED } });
  });

  it('that takes too long fails as timeout; one that says something wrong, as what it said: neither is repeated', async () => {
    const slow = step('slow', 'setInterval(() => {}, 1000);', { resources: { timeout: '1s' } });
    const wrong = { ...step('slow', 'process.exitCode = 3;'), name: 'wrong' };
    const [late, failed] = await Promise.all([runOf(system(), slow), runOf(system(), wrong)]);
    const failedOnce = { status: RUN_STATUS_FAILED, attempts: [{ epoch: 1, outcome: 'failed' }] };
    expect(late).toMatchObject({ ...failedOnce, failure: { failureClass: 'timeout', step: 'only' } });
    expect(failed).toMatchObject({ ...failedOnce, failure: { failureClass: 'command-failed' } });
    expect(failed?.steps).toMatchObject([{ name: 'only', status: 'failed', exitCode: 3 }]);
  });

  it('whose executor is lost is repeated, and the lost attempt stays', async () => {
    const experiment = step('lost', '', { pool: 'lost' });
    await declare(system(), experiment);
    const run = await submit(system(), experiment);
    const executor = await worker('lost');
    const first = await eventually(() => executor.claim({ pool: 'lost' }));
    await executor.started(first);
    await executor.join({ pool: 'lost', architecture: process.arch });
    const second = await eventually(() => executor.claim({ pool: 'lost' }));
    expect([first.epoch, second.epoch, second.runId]).toEqual([1, 2, run.id]);
    await expect(executor.failed(first, 'executor-lost')).rejects.toMatchObject({ code: 'STALE_EPOCH' });
    await executor.started(second);
    await executor.step(second, { name: 'only', outputs: [] });
    await executor.completed(second);
    const { attempts, status } = await ended(system(), run);
    expect(status).toBe(RUN_STATUS_COMPLETED);
    expect(attempts).toMatchObject([
      { epoch: 1, outcome: 'lease-expired', endedAt: expect.anything() },
      { epoch: 2, outcome: 'completed' },
    ]);
  });

  it('waits its turn: priority first, then the namespace with the fewest held, and only where its labels fit', async () => {
    const pool = 'turns';
    const [greedy, modest] = ['greedy', 'modest'].map((namespace) => step(namespace, '', { pool }));
    const picky = { ...step('modest', '', { pool, labels: { gpu: 'a100' } }), name: 'picky' };
    for (const experiment of [greedy, modest, picky]) await declare(system(), experiment as Experiment);
    const ask = async (namespace: string, name: string, priority = 0) => {
      const what = { $case: 'blueprint', value: name } as const;
      const request = { namespace, what, overrides: Buffer.alloc(0), reason, priority, dryRun: false };
      return (await client().submitRun(request, key())).run?.id;
    };
    const special = await ask('modest', 'picky', 100);
    const crowd = [await ask('greedy', 'one'), await ask('greedy', 'one'), await ask('greedy', 'one')];
    const other = await ask('modest', 'one');
    const urgent = await ask('greedy', 'one', 5);
    const plain = await worker(pool);
    const taken: unknown[] = [];
    for (let left = 5; left > 0; left--) taken.push((await eventually(() => plain.claim({ pool })))?.runId);
    expect(taken).toEqual([urgent, other, ...crowd]);
    expect(await plain.claim({ pool })).toBeUndefined();
    const labels = { gpu: 'a100' };
    const fitting = await worker(pool, labels);
    expect((await eventually(() => fitting.claim({ pool, labels }))).runId).toBe(special);
    const claimed = await appended(system(), streamId('run', special ?? ''), 'RunClaimed');
    const { run } = await client().getRun({ namespace: 'modest', id: special ?? '' }, claimed);
    expect(run?.status).toBe(RUN_STATUS_CLAIMED);
  });
}
