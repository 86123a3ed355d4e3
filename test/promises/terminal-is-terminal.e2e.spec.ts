import { expect, it } from '@jest/globals';
import { scheduler } from '#contracts';
import { eventually, executorOn } from '../../apps/scheduler/testing/bench.js';
import { declare, ended, key, reason, submit, type Experiment } from '../support/experiment.js';
import { historyOf, isSealed } from '../support/outcomes.js';
import { onOneSystem } from './on-one-system.js';

const namespace = 'over';
const experiment: Experiment = {
  namespace,
  name: 'over',
  files: { 'train.mjs': '' },
  blueprint: { pool: 'over', steps: { train: { run: ['node', 'train.mjs'], out: { model: 'model.json' } } } },
};

onOneSystem('terminal is terminal', (system) => {
  const blob = async (text: string) => {
    const { digest, sizeBytes } = await system().artifacts.put(Buffer.from(text));
    return { digest, sizeBytes };
  };

  it('a run that has ended takes no more steps, metrics, ends, failures or cancels, and nothing of them is kept', async () => {
    await declare(system(), experiment);
    const run = await submit(system(), experiment);
    const executor = executorOn(system().connection, { blob });
    await executor.join({ pool: 'over', architecture: process.arch });
    const assignment = await eventually(() => executor.claim({ pool: 'over' }));
    await executor.finish(assignment);
    const over = await ended(system(), run);
    expect(over.status).toBe(scheduler.RunStatus.RUN_STATUS_COMPLETED);
    const sealed = await isSealed(system(), run);
    const before = (await historyOf(system(), { subject: run.id })).map(({ eventId }) => eventId);

    const refused = { kind: 'rule', code: expect.stringMatching(/STALE_EPOCH|REPORT_CONTRADICTS/) };
    const other = await blob('{"other":1}');
    const output = { name: 'model', path: 'model.json', kind: 'file', ...other };
    await expect(executor.step(assignment, { outputs: [output] })).rejects.toMatchObject(refused);
    await expect(executor.step(assignment, { name: 'more', outputs: [] })).rejects.toMatchObject(refused);
    await expect(executor.completed(assignment, 0.99)).rejects.toMatchObject(refused);
    await expect(executor.failed(assignment, 'command-failed')).rejects.toMatchObject(refused);
    await expect(executor.cancelled(assignment)).rejects.toMatchObject(refused);
    const cancel = system().connection.scheduler.cancelRun({ namespace, id: run.id, reason }, key());
    await expect(cancel).rejects.toMatchObject({ kind: 'rule', code: 'RUN_ENDED' });

    const after = await historyOf(system(), { subject: run.id });
    expect(after.map(({ eventId }) => eventId)).toEqual(before);
    const { run: still } = await system().connection.scheduler.getRun({ namespace, id: run.id }, sealed);
    expect(still).toEqual(over);
  });

  it('what was declared is corrected by a new event; the old one stays', async () => {
    const declareKnob = (more: object) =>
      system().connection.registry.declareKnob(
        {
          ...{ namespace, reason },
          declaration: Buffer.from(
            JSON.stringify({ knob: 'rate', type: 'number', default: 1, description: 'How fast', ...more }),
          ),
        },
        key(),
      );
    await declareKnob({});
    const [first] = await historyOf(system(), { subject: 'knob:rate', namespace });
    await declareKnob({ default: 2 });
    const told = await historyOf(system(), { subject: 'knob:rate', namespace });
    expect(told).toHaveLength(2);
    expect(told[0]).toEqual(first);
  });
});
