import type { Program, Readings } from '../harness/figure.js';
import { pace } from '../support/callers.js';
import { fillStore } from '../support/filled-store.js';
import { temporaryFolder } from '../support/folder.js';
import { startServer, type Server } from '../support/server.js';
import { declareTrivial, runTrivial } from '../support/trivial-run.js';
import { untilIdle } from '../support/until-idle.js';
import { askForPage } from './page.js';

/** Enough for a page and a first run, so that both sides do the same. */
const fewRuns = 60;

async function latencies({ connection }: Server): Promise<Readings> {
  const one = await pace(400, 1, () => runTrivial(connection));
  const get = await pace(150, 1, () => connection.scheduler.getRun({ namespace: 'bench', id: 'last' }));
  const page = await pace(150, 1, () => askForPage(connection));
  return { 'store.run': one.p50Ms, 'store.get': get.p50Ms, 'store.page': page.p50Ms };
}

/** The same questions to an installation with many runs and to one with hardly any, by turns. */
export const store: Program = async (full) => {
  const runs = full ? 10_000 : 600;
  const folder = await temporaryFolder('store');
  async function open(name: string, count: number): Promise<Server> {
    await fillStore(folder.at(name), count);
    const server = await startServer({ dataDir: folder.at(name) });
    await declareTrivial(server.connection);
    await untilIdle(server);
    await latencies(server);
    return server;
  }
  const [many, few] = [await open('many', runs), await open('few', fewRuns)];
  return {
    ours: () => latencies(many),
    bare: () => latencies(few),
    ...(full
      ? {}
      : {
          smaller: Object.fromEntries(
            ['run', 'get', 'page'].map((what) => [`store.${what}`, `with ${runs} runs`]),
          ),
        }),
    async close() {
      await Promise.all([many.stop(), few.stop()]);
      await folder.remove();
    },
  };
};
