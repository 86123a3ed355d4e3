import { startCluster } from '../../support/start-on-engines.js';
import type { Program, Readings } from '../harness/figure.js';
import { actedRuns } from '../support/acted-runs.js';
import { temporaryFolder } from '../support/folder.js';
import { cpuMs } from '../support/process-use.js';
import { startServer } from '../support/server.js';
import { bundlesOf, settled } from '../support/settled.js';
import { sharedEngines } from '../support/engines.js';
import { declareTrivial } from '../support/trivial-run.js';
import type { Connection } from '#rpc';

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

/** Services as processes on engines, and all of them in one process on files. */
export const distributedOverhead: Program = async (full) => {
  const count = full ? 300 : 40;
  await sharedEngines(['kafka', 'mongodb', 's3']);
  const folder = await temporaryFolder('overhead');
  const server = await startServer({ dataDir: folder.at('data') });
  const cluster = await startCluster();
  const services = () => cluster.instances.reduce((sum, { child }) => sum + cpuMs(child.pid), 0);
  const ours = await opened(cluster.connection, services);
  const bare = await opened(server.connection, server.cpuMs);
  return {
    ours: () => ours(count),
    bare: () => bare(count),
    async close() {
      await cluster.close();
      await server.stop();
      await folder.remove();
    },
  };
};
