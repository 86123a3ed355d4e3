import { MongoClient } from 'mongodb';
import { systemClock } from '#kernel';
import { fillDisk, makeSpace, mayMount } from '../small-disk.js';
import type { Engines } from './engines.js';
import type { Installation, Instance } from './installation.js';
import type { Fault, Harm } from './plan.js';

/** Looked at so often, where nothing tells of it. */
const lookAgainMs = 50;
/** How many more runs are over before a network is well, a disk has space, a clock is right again. */
const lastsForRuns = 4;

/** @returns false while it says so, or does not answer */
async function isReady({ httpPort }: Instance): Promise<boolean> {
  try {
    return (await fetch(`http://127.0.0.1:${httpPort}/readyz`, { signal: AbortSignal.timeout(5_000) })).ok;
  } catch {
    return false;
  }
}

async function untilReadiness(instance: Instance, wanted: boolean): Promise<void> {
  while ((await isReady(instance)) !== wanted) await systemClock.sleep(lookAgainMs);
}

/** Everything in every database of the services is gone, as for somebody who has lost it, and the server runs on. */
async function empty({ url, database: ours }: Engines['mongodb']): Promise<void> {
  const client = await MongoClient.connect(url, { serverSelectionTimeoutMS: 60_000 });
  try {
    const { databases } = await client.db('admin').admin().listDatabases();
    for (const { name } of databases.filter((database) => database.name.startsWith(ours)))
      for (const collection of await client.db(name).collections())
        // mongo-java-server stumbles over a document that is written meanwhile («Found no position for»).
        for (let left = 20; ; left--)
          try {
            await collection.deleteMany({});
            break;
          } catch (error) {
            if (left === 0) throw error;
          }
  } finally {
    await client.close();
  }
}

/** The same with its file: indexes are gone too. A server that others use keeps it, and is away for a moment. */
async function loseFile({ byName, mongodb }: Engines): Promise<void> {
  await empty(mongodb);
  await byName.mongodb.kill();
  await byName.mongodb.restart('data.mv');
}

/** What happens to one thing happens one after another. */
function inTurn() {
  const last = new Map<string, Promise<unknown>>();
  return <T>(of: string, act: () => Promise<T>): Promise<T> => {
    const turn = (last.get(of) ?? Promise.resolve()).then(act);
    last.set(
      of,
      turn.catch(() => undefined),
    );
    return turn;
  };
}

/** Does harm to one installation and puts it right again. `allOver` resolves with the load. */
export function harmer(installation: Installation, allOver: () => boolean) {
  const { engines, watch, named } = installation;
  const turn = inTurn();
  const fewMore = () => {
    const enough = watch.over().size + lastsForRuns;
    return watch.until(() => (watch.over().size >= enough || allOver() ? true : undefined));
  };
  const alive = ({ child }: Instance) => child.exitCode === null && child.signalCode === null;

  /** @returns false when the load is over before */
  const untilOf = (executor: string, type: string): Promise<boolean> =>
    watch.until((latest) => {
      if (latest?.type === type && latest.holder === executor) return true;
      return allOver() ? false : undefined;
    });

  async function paused(instance: Instance): Promise<string> {
    const id = await installation.executorId(instance);
    if (id === undefined || !alive(instance)) return 'it was not there';
    const { child } = instance;
    await untilOf(id, 'RunClaimed');
    child.kill('SIGSTOP');
    try {
      return (await untilOf(id, 'RunLeaseExpired')) ? 'a lease expired' : 'it held nothing';
    } finally {
      child.kill('SIGCONT');
    }
  }

  async function diskFull(instance: Instance): Promise<string> {
    if (!mayMount) return 'no disk can be made here';
    if (!alive(instance)) return 'it was not there';
    const { pid } = instance.child;
    fillDisk(pid, instance.dataDir, 0);
    await fewMore();
    if (instance.child.pid === pid && alive(instance)) makeSpace(pid, instance.dataDir);
    return 'filled';
  }

  async function clockJumps(instance: Instance): Promise<string> {
    const { child } = instance;
    if (!alive(instance)) return 'it was not there';
    child.kill('SIGUSR2');
    await fewMore();
    if (instance.child === child) child.kill('SIGUSR2');
    return 'there and back';
  }

  async function engineKilled({
    engine,
    noticed,
  }: Extract<Harm, { kind: 'engine-killed' }>): Promise<string> {
    const { kill, restart } = engines.byName[engine];
    await kill();
    const [scheduler] = installation.instances.filter(({ kind }) => kind === 'scheduler');
    if (noticed) await untilReadiness(scheduler as Instance, false);
    await restart();
    return noticed ? 'a scheduler was unready' : 'back at once';
  }

  function act(harm: Harm): Promise<string> {
    switch (harm.kind) {
      case 'killed':
        return turn(harm.instance, async () => {
          await installation.restart(named(harm.instance), harm.point);
          return 'ready again';
        });
      case 'paused':
        // One at a time: with all of them paused nothing would go on.
        return turn('pause', () => turn(harm.instance, () => paused(named(harm.instance))));
      case 'clock-jumps':
        return turn(harm.instance, () => clockJumps(named(harm.instance)));
      case 'disk-full':
        return turn(harm.instance, () => diskFull(named(harm.instance)));
      case 'engine-killed':
        return turn(harm.engine, () => engineKilled(harm));
      case 'emptied':
        return turn(harm.engine, async () => {
          if (harm.withFile) await loseFile(engines);
          else await empty(engines.mongodb);
          return 'all of it';
        });
      case 'slow':
        return turn(`network of ${harm.engine}`, async () => {
          engines.byName[harm.engine].network.delay(harm.ms);
          await fewMore();
          engines.byName[harm.engine].network.delay(0);
          return 'well again';
        });
      case 'cut':
        return Promise.resolve(`${engines.byName[harm.engine].network.drop()} connections`);
    }
  }

  /** Waits for its moment, or for the end of the load, and does it. @returns what came of it, once all is well again */
  return async (fault: Fault): Promise<string> => {
    await watch.until((latest) => {
      if (allOver()) return true;
      return latest?.type === fault.event && watch.over().size >= fault.after ? true : undefined;
    });
    return act(fault);
  };
}

/** Until every service says that it is ready. */
export const untilAllReady = ({ instances }: Installation): Promise<unknown> =>
  Promise.all(instances.map((instance) => untilReadiness(instance, true)));
