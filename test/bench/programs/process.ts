import type { Program } from '../harness/figure.js';
import { bareScript } from '../support/bare-script.js';
import { pace } from '../support/callers.js';
import { temporaryFolder } from '../support/folder.js';
import { startServer } from '../support/server.js';
import { declareTrivial, runTrivial } from '../support/trivial-run.js';

const clients = 8;

/** Tracked runs with a process at level `process`, from submit to the end that a client has seen. */
export const processRuns: Program = async (full) => {
  const forMs = full ? 4000 : 400;
  const folder = await temporaryFolder('process');
  const server = await startServer({ dataDir: folder.at('data') });
  const bare = bareScript(folder.at('bare'));
  const connections = Array.from({ length: clients }, () => server.client());
  const runOn = (caller: number) => runTrivial(connections[caller] as (typeof connections)[0]);
  await declareTrivial(server.connection);
  await pace(forMs, clients, runOn);
  const both = async (work: (caller: number) => Promise<unknown>) => {
    const one = await pace(forMs, 1, work);
    const eight = await pace(forMs, clients, work);
    return {
      'process.rate-1': one.perSecond,
      'process.p50-1': one.p50Ms,
      'process.rate-8': eight.perSecond,
    };
  };
  return {
    ours: () => both(runOn),
    bare: () => both(bare.run),
    async close() {
      await server.stop();
      bare.close();
      await folder.remove();
    },
  };
};
