import { scheduler } from '#contracts';
import type { Connection } from '#rpc';
import type { Opened, Program } from '../harness/figure.js';
import { bareTable } from '../support/bare-table.js';
import { pace } from '../support/callers.js';
import { fillStore } from '../support/filled-store.js';
import { temporaryFolder } from '../support/folder.js';
import { startServer } from '../support/server.js';
import { untilIdle } from '../support/until-idle.js';

const pageSize = 50;
const forMs = 250;

export const askForPage = ({ scheduler: { listRuns } }: Connection) =>
  listRuns({
    ...{ namespace: 'bench', statuses: [scheduler.RunStatus.RUN_STATUS_COMPLETED] },
    ...{ orderBy: '-metrics.a', pageSize, pageToken: '' },
  });

/** One installation with so many runs, and a table with as many documents of the same form. */
async function among(figure: string, runs: number): Promise<Opened> {
  const folder = await temporaryFolder('page');
  await fillStore(folder.at('data'), runs);
  const server = await startServer({ dataDir: folder.at('data') });
  await untilIdle(server);
  const { runs: found } = await askForPage(server.connection);
  if (found.length !== pageSize) throw new Error(`a page of ${pageSize} had ${found.length} runs`);
  const table = bareTable(
    folder.at('bare.sqlite'),
    Array.from({ length: runs }, (_, i) => found[i % pageSize] as object),
  );
  return {
    ours: async () => ({ [figure]: (await pace(forMs, 1, () => askForPage(server.connection))).p50Ms }),
    bare: async () => ({
      [figure]: (await pace(forMs, 1, () => Promise.resolve(table.page(pageSize)))).p50Ms,
    }),
    async close() {
      await server.stop();
      table.close();
      await folder.remove();
    },
  };
}

/** A page of runs that have completed, the best by a metric first. */
export const pages: Program = async (full) => {
  const few = await among('page.few', 2000);
  const many = full ? await among('page.many', 100_000) : undefined;
  const both = async (side: 'ours' | 'bare') => {
    const readings = await few[side]();
    return { 'page.many': readings['page.few'] as number, ...readings, ...(await many?.[side]()) };
  };
  return {
    ours: () => both('ours'),
    bare: () => both('bare'),
    ...(full ? {} : { smaller: { 'page.many': 'among the same 2,000 runs' } }),
    close: () => Promise.all([few.close(), many?.close()]).then(() => undefined),
  };
};
