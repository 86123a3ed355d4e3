import { startCluster } from '../../support/start-on-engines.js';
import type { Program, Readings } from '../harness/figure.js';
import { actedRuns } from '../support/acted-runs.js';
import { temporaryFolder } from '../support/folder.js';
import { cpuMs } from '../support/process-use.js';
import { startServer } from '../support/server.js';
import { bundlesOf, settled } from '../support/settled.js';
import { startBareChain } from '../support/bare-chain.js';
import { sharedEngines } from '../support/engines.js';
import { declareTrivial } from '../support/trivial-run.js';
import type { Connection } from '#rpc';

/** Runs before any is measured, of each side: what engines and services compile while they are new is the cost of no run. */
const warming = 200;

/** Acted runs one after another, then until bundles and audit are there. */
async function opened(connection: Connection, cpu: () => number) {
  await declareTrivial(connection);
  const run = await actedRuns(connection, 1);
  await run(3);
  return async (count: number): Promise<Readings> => {
    const [bundles, cpuBefore] = [await bundlesOf(connection), cpu()];
    const rate = await run(count);
    await settled(connection, bundles + count);
    return {
      'distributed-overhead.time': 1000 / rate,
      'distributed-overhead.cpu': (cpu() - cpuBefore) / count,
    };
  };
}

/** The calls alone that a run needs of engines and other processes. */
async function openedBare() {
  const chain = await startBareChain();
  const run = async (count: number): Promise<Readings> => {
    const cpuBefore = chain.cpuMs();
    const rate = await chain.run(count);
    await chain.settled();
    return {
      'distributed-overhead.least-time': 1000 / rate,
      'distributed-overhead.least-cpu': (chain.cpuMs() - cpuBefore) / count,
    };
  };
  return { run, stop: chain.stop };
}

/**
 * Services as processes on engines, and all of them in one process on files; beside the former what no services on these engines could
 * do without.
 */
export const distributedOverhead: Program = async (full) => {
  const count = full ? 300 : 150;
  await sharedEngines(['kafka', 'mongodb', 's3', 'eventstoredb']);
  const folder = await temporaryFolder('overhead');
  const server = await startServer({ dataDir: folder.at('data') });
  const cluster = await startCluster();
  const services = () => cluster.instances.reduce((sum, { child }) => sum + cpuMs(child.pid), 0);
  const ours = await opened(cluster.connection, services);
  const bare = await opened(server.connection, server.cpuMs);
  const least = await openedBare();
  for (const side of [least.run, ours, bare]) await side(warming);
  return {
    ours: async () => ({ ...(await ours(count)), ...(await least.run(count)) }),
    async bare() {
      const embedded = await bare(count);
      return {
        ...embedded,
        'distributed-overhead.least-time': embedded['distributed-overhead.time'] as number,
        'distributed-overhead.least-cpu': embedded['distributed-overhead.cpu'] as number,
      };
    },
    async close() {
      await least.stop();
      await cluster.close();
      await server.stop();
      await folder.remove();
    },
  };
};
