import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '#kernel';
import { openSharedEngines, type SharedEngines } from '#engines';
import { createLog, placesOf, startService } from '#platform';
import { connect, type Connection } from '#rpc';
import { AuditorConfig, AuditorModule, auditorServices } from '../index.js';

export interface OpenedAuditor {
  readonly client: Connection;
  /** To write what other services would. */
  readonly engines: SharedEngines;
  readonly dataDir: string;
  /** Ends the service, keeps the folder. */
  stop(): Promise<void>;
  close(): Promise<void>;
}

/** The service on real engines, once it is ready; in a folder of its own, or in one that was used before. */
export async function openAuditorForTest(
  given?: string,
  settings: Partial<AuditorConfig> = {},
): Promise<OpenedAuditor> {
  const dataDir = given ?? (await mkdtemp(join(tmpdir(), 'holdfast-auditor-')));
  const config = Object.assign(new AuditorConfig(), { dataDir, ...settings });
  const engines = await openSharedEngines(placesOf(config));
  const running = await startService({
    name: 'auditor',
    module: AuditorModule.with({ config, version: 'test', shared: engines }),
    services: auditorServices,
    host: '127.0.0.1',
    grpcPort: 0,
    log: createLog({ service: 'auditor', level: 'error' }),
  });
  const client = connect(running.address);
  const live = async () => {
    const { projections } = await client.auditor.listProjections({}, { repeatable: true });
    return projections.every(({ state }) => state === 'live');
  };
  while (!(await live())) await systemClock.sleep(5);
  const stop = async () => {
    client.close();
    await running.close();
    await engines.close();
  };
  return {
    client,
    engines,
    dataDir,
    stop,
    async close() {
      await stop();
      await rm(dataDir, { recursive: true });
    },
  };
}
