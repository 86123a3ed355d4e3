import { startCluster } from '../../support/start-on-engines.js';
import type { Program, Readings } from '../harness/figure.js';
import { actingExecutor } from '../support/acting-executor.js';
import { forgetPeak, residentMb } from '../support/process-use.js';
import { queueCopies, untilQueued } from '../support/queued-runs.js';
import { sharedEngines } from '../support/engines.js';
import { declareTrivial, submitTrivial } from '../support/trivial-run.js';

const slots = 16;

/** Registry and scheduler on engines, with runs that wait for an executor which the bench acts. */
async function queueOf(runs: number) {
  const cluster = await startCluster(
    { HOLDFAST_QUEUE_LIMIT: '1000000', HOLDFAST_NAMESPACE_QUEUE_LIMIT: '1000000' },
    { scheduler: 1, executor: 0, provenance: 0, auditor: 0 },
  );
  const { connection } = cluster;
  await declareTrivial(connection);
  const { pool, act } = await actingExecutor(connection, slots);
  const { id } = await submitTrivial(connection, { pool });
  await queueCopies(cluster.eventStore, id, runs - 1);
  await untilQueued(cluster, id, runs);
  const pid = cluster.instances.find(({ kind }) => kind === 'scheduler')?.child.pid as number;
  return {
    async dispatch(count: number): Promise<Readings> {
      forgetPeak(pid);
      const startedAt = performance.now();
      const taken = { left: count, none: new AbortController() };
      await Promise.all(Array.from({ length: slots }, () => act(taken, 1)));
      const rate = (count * 1000) / (performance.now() - startedAt);
      return { 'distributed-queue.dispatch': rate, 'distributed-queue.memory': residentMb(pid, 'most') };
    },
    close: () => cluster.close(),
  };
}

/** Dispatch from a long queue and from a short one. */
export const distributedQueue: Program = async (full) => {
  const [runs, count] = full ? [100_000, 600] : [5000, 100];
  // Five kilobytes a run, in the memory of a server that stands in for MongoDB.
  if (full) process.env['HOLDFAST_TEST_MONGODB_HEAP_MB'] ??= '2048';
  await sharedEngines(['kafka', 'mongodb', 's3']);
  const many = await queueOf(runs);
  const few = await queueOf(8 * (count + slots));
  for (const { dispatch } of [many, few]) await dispatch(count);
  return {
    ours: () => many.dispatch(count),
    bare: () => few.dispatch(count),
    ...(full
      ? {}
      : {
          smaller: Object.fromEntries(
            ['dispatch', 'memory'].map((what) => [`distributed-queue.${what}`, `${runs} runs queued`]),
          ),
        }),
    async close() {
      await many.close();
      await few.close();
    },
  };
};
