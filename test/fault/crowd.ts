import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSharedEngines } from '#engines';
import { placesOf, ServiceConfig, type Running } from '#platform';
import { connect, type Connection, type ServiceName } from '#rpc';
import { appOf, startAlone } from '../support/start-apart.js';
import { endAll, systemOf, untilReady, type System } from '../support/system.js';

/** An installation in which two schedulers share the stores and two executors share the work. */
export interface Crowd extends System {
  /** The same services, each time by way of another scheduler. */
  readonly byScheduler: readonly [Connection, Connection];
}

/** Slots of each executor. */
export const slots = 2;

export async function startCrowd(env: Readonly<Record<string, string>>): Promise<Crowd> {
  const dataDir = await mkdtemp(join(tmpdir(), 'holdfast-crowd-'));
  // Steps run as somebody else and must find their folders.
  await chmod(dataDir, 0o755);
  const places = placesOf(Object.assign(new ServiceConfig(), { dataDir: join(dataDir, 'shared') }));
  const shared = await openSharedEngines(places);
  const ends: (() => Promise<void> | void)[] = [
    () => shared.close(),
    () => rm(dataDir, { recursive: true, force: true }),
  ];
  const start = async (service: ServiceName, number: number, peers: Readonly<Record<string, string>>) => {
    const own = { ...env, ...peers, HOLDFAST_DATA_DIR: join(dataDir, `${service}-${number}`) };
    const running: Running = await startAlone(appOf(service), shared, own);
    ends.unshift(() => running.close());
    await untilReady(running);
    return running.address;
  };
  try {
    const registry = await start('registry', 1, {});
    const toRegistry = { HOLDFAST_REGISTRY_ADDRESS: registry };
    const schedulers = [
      await start('scheduler', 1, toRegistry),
      await start('scheduler', 2, toRegistry),
    ] as const;
    const [first, second] = schedulers;
    const toScheduler = { HOLDFAST_SCHEDULER_ADDRESS: first };
    const provenance = await start('provenance', 1, toScheduler);
    const auditor = await start('auditor', 1, {});
    const executors = { HOLDFAST_SLOTS: String(slots) };
    const executor = await start('executor', 1, { ...executors, HOLDFAST_SCHEDULER_ADDRESS: first });
    await start('executor', 2, { ...executors, HOLDFAST_SCHEDULER_ADDRESS: second });
    const addresses = { registry, scheduler: first, executor, provenance, auditor };
    const byScheduler = [connect(addresses), connect({ ...addresses, scheduler: second })] as const;
    ends.unshift(() => byScheduler.forEach((connection) => connection.close()));
    const { artifacts, eventStore, bus } = shared;
    const system = { connection: byScheduler[0], addresses, artifacts, eventStore, bus, dataDir };
    return { ...systemOf({ ...system, close: () => endAll(ends) }), byScheduler };
  } catch (error) {
    await endAll(ends);
    throw error;
  }
}
