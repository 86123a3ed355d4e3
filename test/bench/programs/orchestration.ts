import type { Program } from '../harness/figure.js';
import { actedRuns } from '../support/acted-runs.js';
import { startBareCalls } from '../support/bare-calls.js';
import { temporaryFolder } from '../support/folder.js';
import { startServer } from '../support/server.js';
import { bundlesOf, settled } from '../support/settled.js';
import { declareTrivial } from '../support/trivial-run.js';

const clients = 32;
/** Submitted, claimed, reported. */
const callsOfARun = 3;

/** Everything but the process: submit, claim and report of each run, its bundle and its audit. */
export const orchestration: Program = async (full) => {
  const count = full ? 1000 : 40;
  const folder = await temporaryFolder('orchestration');
  const server = await startServer({ dataDir: folder.at('data') });
  await declareTrivial(server.connection);
  const run = await actedRuns(server.connection, clients);
  const bare = await startBareCalls(folder.at('bare.sqlite'));
  const row = Buffer.alloc(1024, 1);
  await run(count);
  return {
    async ours() {
      const before = await bundlesOf(server.connection);
      const cpuBefore = server.cpuMs();
      const rate = await run(count);
      await settled(server.connection, before + count);
      return { 'orchestration.rate': rate, 'orchestration.cpu': (server.cpuMs() - cpuBefore) / count };
    },
    async bare() {
      const cpuBefore = bare.cpuMs();
      const startedAt = performance.now();
      let left = count;
      const call = async () => {
        while (left-- > 0) for (let i = 0; i < callsOfARun; i++) await bare.call(row);
      };
      await Promise.all(Array.from({ length: clients }, call));
      const rate = (count * 1000) / (performance.now() - startedAt);
      // The kernel counts in 10 ms, so a limit below that is told as what can be seen.
      return {
        'orchestration.rate': rate,
        'orchestration.cpu': Math.max(bare.cpuMs() - cpuBefore, 10) / count,
      };
    },
    async close() {
      await server.stop();
      await bare.stop();
      await folder.remove();
    },
  };
};
