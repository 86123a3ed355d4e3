import { open } from 'node:fs/promises';
import { verifyExport } from '#export-file';
import type { Program } from '../harness/figure.js';
import { bareExport } from '../support/bare-export.js';
import { fillStore } from '../support/filled-store.js';
import { temporaryFolder } from '../support/folder.js';
import { startServer, type Server } from '../support/server.js';
import { untilIdle } from '../support/until-idle.js';

const lookMs = 100;

/** The whole trail over gRPC into a file, by a client that is a process of its own; what it gives is verified once. */
export const evidenceExport: Program = async (full) => {
  const folder = await temporaryFolder('export');
  const perRun = await fillStore(folder.at('data'), full ? 125_000 : 2500);
  const server = await startServer({ dataDir: folder.at('data') });
  await untilIdle(server);
  const resting = server.residentMb('now');
  const out = folder.at('trail.zip');
  await take(server, out);
  const { problems, manifest } = await verifyExport(out);
  if (problems.length > 0) throw new Error(`the export does not hold: ${problems[0]?.message}`);
  const events = Number(manifest?.events);
  return {
    async ours() {
      const { seconds, mostMb } = await take(server, out);
      return { 'evidence-export.rate': events / seconds, 'evidence-export.memory': mostMb };
    },
    bare: () =>
      Promise.resolve({
        'evidence-export.rate': bareExport(folder.at('data', 'events.sqlite'), folder.at('bare')),
        'evidence-export.memory': resting,
      }),
    ...(full ? {} : { smaller: { 'evidence-export.rate': `${events} events, ${perRun} a run` } }),
    async close() {
      await server.stop();
      await folder.remove();
    },
  };
};

/** @returns how long it took, and the most that the server held meanwhile */
async function take(server: Server, path: string): Promise<{ seconds: number; mostMb: number }> {
  const file = await open(path, 'w');
  let mostMb = 0;
  const looking = setInterval(() => (mostMb = Math.max(mostMb, server.residentMb('now'))), lookMs);
  const startedAt = performance.now();
  try {
    const asked = { namespace: '', types: [], runs: [], blueprints: [], formats: [] };
    for await (const { chunk } of server.connection.auditor.exportAudit(asked)) await file.write(chunk);
    return {
      seconds: (performance.now() - startedAt) / 1000,
      mostMb: Math.max(mostMb, server.residentMb('now')),
    };
  } finally {
    clearInterval(looking);
    await file.close();
  }
}
