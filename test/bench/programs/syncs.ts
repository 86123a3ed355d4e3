import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Program } from '../harness/figure.js';
import { pace } from '../support/callers.js';
import { temporaryFolder } from '../support/folder.js';
import { startServer } from '../support/server.js';
import { settled } from '../support/settled.js';
import { canTrace, syncsIn, tracing } from '../support/traced-syncs.js';
import { declareTrivial, runTrivial } from '../support/trivial-run.js';

const clients = 8;
const bareCommits = 20;
const bareProcess = fileURLToPath(new URL('../support/bare-commits-process.js', import.meta.url));

/** fsyncs for each row, of a program that commits so many together. The first commit of a new file has more. */
function commits(path: string, rows: number): number {
  const count = (times: number) => {
    const file = `${path}.${times}.trace`;
    rmSync(file, { force: true });
    const [program = '', ...args] = [...tracing(file), process.execPath, '--no-warnings', bareProcess];
    spawnSync(program, [...args, `${path}.${times}.sqlite`, String(times), String(rows)]);
    return syncsIn(file).all;
  };
  return (count(bareCommits + 1) - count(1)) / (bareCommits * rows);
}

/** fsyncs of tracked runs as the kernel sees them, from submit until bundle and audit are on disk too. */
export const syncs: Program = async (full) => {
  if (!canTrace()) throw new Error('fsyncs are counted by strace, which is not here or may not trace');
  const forMs = full ? 3000 : 400;
  const folder = await temporaryFolder('syncs');
  const file = folder.at('trace');
  const server = await startServer({ dataDir: folder.at('data'), under: tracing(file) });
  const connections = Array.from({ length: clients }, () => server.client());
  const runOn = (caller: number) => runTrivial(connections[caller] as (typeof connections)[0]);
  await declareTrivial(server.connection);
  let sealed = (await pace(forMs, clients, runOn)).done;
  await settled(server.connection, sealed);

  const counted = async (callers: number) => {
    const before = syncsIn(file);
    const { done } = await pace(forMs, callers, runOn);
    await settled(server.connection, (sealed += done));
    const after = syncsIn(file);
    return { all: (after.all - before.all) / done, events: (after.events - before.events) / done };
  };
  return {
    async ours() {
      const one = await counted(1);
      const eight = await counted(clients);
      return { 'syncs.one-client': one.all, 'syncs.events': eight.events, 'syncs.all': eight.all };
    },
    bare() {
      const eight = commits(folder.at('eight'), clients);
      return Promise.resolve({
        'syncs.one-client': commits(folder.at('one'), 1),
        ...{ 'syncs.events': eight, 'syncs.all': eight },
      });
    },
    async close() {
      await server.stop();
      await folder.remove();
    },
  };
};
