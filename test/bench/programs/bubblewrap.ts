import type { Program } from '../harness/figure.js';
import { inBubblewrap } from '../support/bare-bubblewrap.js';
import { bareScript } from '../support/bare-script.js';
import { pace } from '../support/callers.js';
import { temporaryFolder } from '../support/folder.js';
import { startServer } from '../support/server.js';
import { declareTrivial, runTrivial } from '../support/trivial-run.js';

const clients = 8;

/** The same runs in a sandbox that isolates, against the same sandbox started by hand. */
export const bubblewrapRuns: Program = async (full) => {
  const forMs = full ? 4000 : 1000;
  const folder = await temporaryFolder('bubblewrap');
  const bare = bareScript(folder.at('bare'), inBubblewrap);
  await bare.run();
  const server = await startServer({ dataDir: folder.at('data'), env: { HOLDFAST_SANDBOX: 'bubblewrap' } });
  const connections = Array.from({ length: clients }, () => server.client());
  const runOn = (caller: number) => runTrivial(connections[caller] as (typeof connections)[0]);
  await declareTrivial(server.connection);
  await pace(forMs, clients, runOn);
  const rate = async (work: (caller: number) => Promise<unknown>) => ({
    'bubblewrap.rate-8': (await pace(forMs, clients, work)).perSecond,
  });
  return {
    ours: () => rate(runOn),
    bare: () => rate(bare.run),
    async close() {
      await server.stop();
      bare.close();
      await folder.remove();
    },
  };
};
