import { key, reason } from '../../support/experiment.js';
import { startCluster } from '../../support/start-on-engines.js';
import type { Program } from '../harness/figure.js';
import { busyCores } from '../support/busy-cores.js';
import { sharedEngines } from '../support/engines.js';
import { sleepingRuns } from '../support/sleeping-runs.js';

const executors = 4;
const slots = 2;
/** Runs that each slot has, one after another. */
const each = 5;

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

  async function measured(taking: number) {
    for (const [i, { id }] of all.entries()) {
      const mode = i < taking ? 'active' : 'cordoned';
      await scheduler.setExecutorMode({ id, mode, reason }, key());
    }
    const busy = busyCores();
    const rate = await runs.rate(taking * slots, each);
    return { rate, busy: busy() };
  }
  await measured(executors);
  return {
    async ours() {
      const [two, four] = [await measured(2), await measured(executors)];
      return {
        'distributed-scale.two': two.rate,
        'distributed-scale.four': four.rate,
        'distributed-scale.busy': four.busy,
      };
    },
    async bare() {
      const one = await measured(1);
      return {
        'distributed-scale.two': 2 * one.rate,
        'distributed-scale.four': executors * one.rate,
        'distributed-scale.busy': one.busy,
      };
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
