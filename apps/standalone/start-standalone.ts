import { setFlagsFromString } from 'node:v8';
import { openSharedEngines } from '#engines';
import { createLog, makeDataFolder, openInstruments, placesOf, runService, type Running } from '#platform';
import { writeRecord, type ServerRecord } from './server-record.js';
import { readSettings } from './settings.js';
import { StandaloneModule } from './standalone.module.js';
import { untilReady } from './until-ready.js';

const version = '0.1.0';

/**
 * Opens what the services share, starts them, and says where they answer once all of them are ready.
 * @throws INVALID_CONFIGURATION, DATA_DIR_UNUSABLE, STORE_IN_USE, CANNOT_LISTEN, and what else keeps a store from being opened
 */
export async function startStandalone(
  env: Readonly<Record<string, string | undefined>>,
): Promise<ServerRecord> {
  const { config, apps, warnings } = readSettings(env);
  const log = createLog({ service: 'standalone', level: config.logLevel });
  for (const warning of warnings) log.warn(warning);
  const fault = env['HOLDFAST_FAULT'];
  makeDataFolder(config.dataDir);
  const isRead = config.httpPort !== undefined;
  const instruments = await openInstruments({ service: 'standalone', isRead, log });
  // Of the threads of the stores, which start now: a row that was read is garbage at once.
  setFlagsFromString('--max-semi-space-size=2');
  const shared = await openSharedEngines(placesOf(config), { fault });
  const bound = Promise.withResolvers<string>();
  const hosting = { shared, version, fault, address: bound.promise };
  const modules = apps.map(({ app, config }) => app.module(config, hosting));
  const running = await runService({
    name: 'standalone',
    module: StandaloneModule.of({ dataDir: config.dataDir, shared }, modules),
    services: apps.flatMap(({ app }) => app.services),
    host: config.grpcHost,
    grpcPort: config.grpcPort,
    httpPort: config.httpPort,
    log,
    instruments,
  });
  bound.resolve(running.address);
  if (config.exitWithStdin) endWithStdin(running);
  await untilReady(running, log);
  // History has been replayed: from now on CPU counts for more than memory.
  setFlagsFromString('--heap-growing-percent=80');
  setFlagsFromString('--max-semi-space-size=8');
  // As `apps/auditor/main`.
  setFlagsFromString('--external-memory-accounted-in-global-limit');
  const record = { pid: process.pid, address: running.address };
  writeRecord(config.dataDir, record);
  return record;
}

/** The same end as by SIGTERM; both may come at once. */
function endWithStdin(running: Running): void {
  const end = () =>
    void running.close().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  process.stdin.once('end', end).once('error', end).resume();
}
