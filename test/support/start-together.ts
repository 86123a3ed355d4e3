import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSettings, StandaloneModule } from '#apps/standalone';
import { openSharedEngines } from '#engines';
import { placesOf, startService } from '#platform';
import { connect, type ServiceName } from '#rpc';
import { endAll, quietLog, serviceNames, systemOf, untilReady, version, type Start } from './system.js';

/** All services in this process, on one port: the modules of `apps/standalone`, in a folder of their own. */
export const startTogether: Start = async ({ env = {}, dataDir: given } = {}) => {
  const dataDir = given ?? (await mkdtemp(join(tmpdir(), 'holdfast-together-')));
  // Steps run as somebody else and must find their folders.
  await chmod(dataDir, 0o755);
  const { config, apps } = readSettings({ ...env, HOLDFAST_DATA_DIR: dataDir });
  const shared = await openSharedEngines(placesOf(config));
  const bound = Promise.withResolvers<string>();
  const hosting = { shared, version, address: bound.promise };
  const running = await startService({
    name: 'standalone',
    module: StandaloneModule.of(
      { dataDir, shared },
      apps.map(({ app, config }) => app.module(config, hosting)),
    ),
    services: apps.flatMap(({ app }) => app.services),
    host: '127.0.0.1',
    grpcPort: 0,
    log: quietLog('standalone'),
  });
  bound.resolve(running.address);
  await untilReady(running);
  const addresses = Object.fromEntries(serviceNames.map((name) => [name, running.address]));
  const connection = connect(running.address);
  return systemOf({
    connection,
    addresses: addresses as Record<ServiceName, string>,
    artifacts: shared.artifacts,
    eventStore: shared.eventStore,
    bus: shared.bus,
    dataDir,
    close: () =>
      endAll([
        () => connection.close(),
        // With the modules it closes what they share.
        () => running.close(),
        () => (given === undefined ? rm(dataDir, { recursive: true, force: true }) : undefined),
      ]),
  });
};
