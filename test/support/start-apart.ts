import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hostedApps, type HostedApp } from '#apps/standalone';
import { openSharedEngines, type SharedEngines } from '#engines';
import { loadConfig, placesOf, ServiceConfig, startService, type Running } from '#platform';
import { connect, type ServiceName } from '#rpc';
import { endAll, quietLog, serviceNames, systemOf, untilReady, version, type Start } from './system.js';

/** Who must be there first: each is told the addresses of those before it, and of nobody else. */
const order: readonly ServiceName[] = ['registry', 'scheduler', 'provenance', 'auditor', 'executor'];

export const appOf = (name: ServiceName): HostedApp => {
  const app = hostedApps.find((hosted) => hosted.name === name);
  if (app === undefined) throw new Error(`standalone hosts no ${name}`);
  return app;
};

/** One service as an application of its own: its port, its folder, its read store; peers only by address. */
export async function startAlone(
  app: HostedApp,
  shared: SharedEngines,
  env: Readonly<Record<string, string>>,
): Promise<Running> {
  const config = loadConfig(app.Config, env);
  await mkdir(config.dataDir, { recursive: true });
  const bound = Promise.withResolvers<string>();
  const running = await startService({
    name: app.name,
    module: app.module(config, { shared, version, address: bound.promise }),
    services: app.services,
    host: '127.0.0.1',
    grpcPort: 0,
    log: quietLog(app.name),
  });
  bound.resolve(running.address);
  return running;
}

/** Five applications on five ports, as five processes would be; only event store, bus and artifact store are one. */
export const startApart: Start = async ({ env = {} } = {}) => {
  const dataDir = await mkdtemp(join(tmpdir(), 'holdfast-apart-'));
  // Steps run as somebody else and must find their folders.
  await chmod(dataDir, 0o755);
  const places = placesOf(Object.assign(new ServiceConfig(), { dataDir: join(dataDir, 'shared') }));
  const shared = await openSharedEngines(places);
  const ends: (() => Promise<void> | void)[] = [
    () => shared.close(),
    () => rm(dataDir, { recursive: true, force: true }),
  ];
  try {
    const addresses: Partial<Record<ServiceName, string>> = {};
    for (const name of order) {
      const peers = Object.entries(addresses).map(([peer, address]) => [
        `HOLDFAST_${peer.toUpperCase()}_ADDRESS`,
        address,
      ]);
      const own = { ...env, ...Object.fromEntries(peers), HOLDFAST_DATA_DIR: join(dataDir, name) };
      const running = await startAlone(appOf(name), shared, own);
      ends.unshift(() => running.close());
      await untilReady(running);
      addresses[name] = running.address;
    }
    const missing = serviceNames.filter((name) => addresses[name] === undefined);
    if (missing.length > 0) throw new Error(`not started: ${missing.join(', ')}`);
    const connection = connect(addresses as Record<ServiceName, string>);
    ends.unshift(() => connection.close());
    return systemOf({
      connection,
      addresses: addresses as Record<ServiceName, string>,
      artifacts: shared.artifacts,
      eventStore: shared.eventStore,
      bus: shared.bus,
      dataDir,
      close: () => endAll(ends),
    });
  } catch (error) {
    await endAll(ends);
    throw error;
  }
};
