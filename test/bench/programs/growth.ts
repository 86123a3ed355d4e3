import { DatabaseSync } from 'node:sqlite';
import { openSqliteEventStore } from '#event-store/sqlite';
import type { Program } from '../harness/figure.js';
import { actedRuns } from '../support/acted-runs.js';
import { bytesBelow } from '../support/disk-use.js';
import { temporaryFolder } from '../support/folder.js';
import { startServer } from '../support/server.js';
import { settled } from '../support/settled.js';
import { declareTrivial } from '../support/trivial-run.js';

const moreSteps = 5;
const callers = 8;

interface Grown {
  readonly store: number;
  readonly views: number;
  /** Of the events, put into a table with nothing beside them. */
  readonly table: number;
  readonly bytes: number;
}

/** KB that so many runs add, with the server stopped, so that no log is counted twice. */
async function grow(dir: string, runs: number, steps: number): Promise<Grown> {
  const server = await startServer({ dataDir: dir });
  await declareTrivial(server.connection, steps);
  const run = await actedRuns(server.connection, callers);
  await run(runs, steps);
  await settled(server.connection, runs);
  await server.stop();
  const eventStore = await openSqliteEventStore({ path: `${dir}/events.sqlite` });
  const events = (await Array.fromAsync(eventStore.readAll())).flat();
  await eventStore.close();
  const database = new DatabaseSync(`${dir}/bare.sqlite`);
  database.exec('CREATE TABLE events (seq INTEGER PRIMARY KEY, bytes BLOB)');
  const insert = database.prepare('INSERT INTO events (bytes) VALUES (?)');
  database.exec('BEGIN');
  for (const { bytes } of events) insert.run(bytes);
  database.exec('COMMIT');
  database.close();
  const others = /artifacts|views|bare|executor|scratch|steps/;
  return {
    store: bytesBelow(dir, (path) => others.test(path.slice(dir.length))) / 1024,
    views: bytesBelow(dir, (path) => path !== dir && !/views/.test(path.slice(dir.length))) / 1024,
    table: bytesBelow(`${dir}/bare.sqlite`) / 1024,
    bytes: events.reduce((sum, { bytes }) => sum + bytes.length, 0) / 1024,
  };
}

/** What runs leave in the stores outside artifacts: the difference between many and few, so that what is there anyway does not count. */
export const growth: Program = async (full) => {
  const [few, many] = full ? [20, 1020] : [4, 44];
  const folder = await temporaryFolder('growth');
  let made = 0;
  let last: { one: Grown; more: Grown } | undefined;
  async function perRun(steps: number): Promise<Grown> {
    const dir = folder.at(String(made++));
    const [less, more] = [await grow(`${dir}-few`, few, steps), await grow(`${dir}-many`, many, steps)];
    const per = (what: keyof Grown) => (more[what] - less[what]) / (many - few);
    return { store: per('store'), views: per('views'), table: per('table'), bytes: per('bytes') };
  }
  /** Bytes do not depend on how busy the machine is, so all pairs tell of the same folders. */
  const measured = async () => (last ??= { one: await perRun(1), more: await perRun(moreSteps) });
  const perStep = (a: number, b: number) => (b - a) / (moreSteps - 1);
  return {
    async ours() {
      const { one, more } = await measured();
      return {
        'growth.run': one.store,
        'growth.step': perStep(one.store, more.store),
        'growth.views': one.views,
      };
    },
    async bare() {
      const { one, more } = await measured();
      return {
        'growth.run': one.table,
        'growth.step': perStep(one.table, more.table),
        'growth.views': one.bytes,
      };
    },
    close: () => folder.remove(),
  };
};
