import { key, reason } from '../../support/experiment.js';
import { startCluster } from '../../support/start-on-engines.js';
import type { Program } from '../harness/figure.js';
import { sharedEngines } from '../support/engines.js';
import { sleepingRuns } from '../support/sleeping-runs.js';

const executors = 4;
const slots = 2;
/** Runs that each slot has, one after another: what the first cost, all at once, is not the rate. */
const waves = 5;

/** Runs whose step sleeps on 1, 2 and 4 executors; those that are not to take part are cordoned. */
export const distributedScale: Program = async (full) => {
  const seconds = full ? 4 : 2;
  await sharedEngines(['kafka', 'mongodb', 's3']);
  const cluster = await startCluster(
    { HOLDFAST_SLOTS: String(slots), HOLDFAST_SANDBOX: 'process' },
    { scheduler: 1, executor: executors },
  );
  const { scheduler } = cluster.connection;
  const { executors: all } = await scheduler.listExecutors({ pageSize: 100, pageToken: '' });
  const runs = await sleepingRuns(cluster, seconds);

  async function rate(taking: number): Promise<number> {
    for (const [i, { id }] of all.entries()) {
      const mode = i < taking ? 'active' : 'cordoned';
      await scheduler.setExecutorMode({ id, mode, reason }, key());
    }
    const count = taking * slots * waves;
    return (count * 1000) / (await runs.all(count));
  }
  await rate(executors);
  return {
    ours: async () => ({
      'distributed-scale.two': await rate(2),
      'distributed-scale.four': await rate(4),
    }),
    async bare() {
      const one = await rate(1);
      return { 'distributed-scale.two': 2 * one, 'distributed-scale.four': 4 * one };
    },
    ...(full
      ? {}
      : {
          smaller: Object.fromEntries(
            ['two', 'four'].map((what) => [`distributed-scale.${what}`, `steps of ${seconds} s`]),
          ),
        }),
    close: () => cluster.close(),
  };
};
