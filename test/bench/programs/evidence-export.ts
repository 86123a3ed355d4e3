import { open } from 'node:fs/promises';
import { verifyExport } from '#export-file';
import type { Program } from '../harness/figure.js';
import { bareExport } from '../support/bare-export.js';
import { fillStore } from '../support/filled-store.js';
import { temporaryFolder } from '../support/folder.js';
import { embeddedHeapLater, startServer, type Server } from '../support/server.js';
import { untilIdle } from '../support/until-idle.js';

const lookMs = 100;
const patienceMs = 1_800_000;

/** The whole trail over gRPC into a file, by a client that is a process of its own; what it gives is verified once. */
export const evidenceExport: Program = async (full) => {
  const folder = await temporaryFolder('export');
  const runs = full ? 143_000 : 10_000;
  const perRun = await fillStore(folder.at('data'), runs);
  const server = await startServer({ app: 'auditor', dataDir: folder.at('data'), ...embeddedHeapLater });
  await untilLive(server);
  await untilIdle(server);
  const resting = server.residentMb('now');
  const out = folder.at('trail.zip');
  let holds = false;
  return {
    async ours() {
      const { events, seconds, mostMb } = await take(server, out);
      if (!holds) {
        const { problems } = await verifyExport(out);
        if (problems.length > 0) throw new Error(`the export does not hold: ${problems[0]?.message}`);
        holds = true;
      }
      return { 'evidence-export.rate': events / seconds, 'evidence-export.memory': mostMb };
    },
    bare: () =>
      Promise.resolve({
        'evidence-export.rate': bareExport(folder.at('data', 'events.sqlite'), folder.at('bare')),
        'evidence-export.memory': resting,
      }),
    ...(full ? {} : { smaller: { 'evidence-export.rate': `${runs * perRun} events, ${perRun} a run` } }),
    async close() {
      await server.stop();
      await folder.remove();
    },
  };
};

/** Its read models hold everything; of a million events that takes minutes. */
async function untilLive({ connection }: Server): Promise<void> {
  const until = performance.now() + patienceMs;
  for (;;) {
    const { projections } = await connection.auditor.listProjections({});
    if (projections.every(({ state }) => state === 'live')) return;
    if (performance.now() > until) throw new Error('the read models do not come to hold everything');
    await new Promise((resolve) => setTimeout(resolve, lookMs));
  }
}

/** @returns how long it took, and the most that the server held meanwhile */
async function take(
  server: Server,
  path: string,
): Promise<{ events: number; seconds: number; mostMb: number }> {
  const file = await open(path, 'w');
  let mostMb = 0;
  const looking = setInterval(() => (mostMb = Math.max(mostMb, server.residentMb('now'))), lookMs);
  const startedAt = performance.now();
  try {
    const asked = { namespace: '', types: [], runs: [], blueprints: [], formats: [] };
    let events = 0;
    for await (const { chunk, summary } of server.connection.auditor.exportAudit(asked)) {
      await file.write(chunk);
      events = summary?.events ?? events;
    }
    return {
      events,
      seconds: (performance.now() - startedAt) / 1000,
      mostMb: Math.max(mostMb, server.residentMb('now')),
    };
  } finally {
    clearInterval(looking);
    await file.close();
  }
}
