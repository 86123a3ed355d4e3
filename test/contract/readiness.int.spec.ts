import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { RegistryConfig, RegistryModule, registryServices } from '#apps/registry';
import { systemClock, type Clock } from '#kernel';
import { loadConfig, startService, type Health, type Running } from '#platform';
import { startServer, type TestServer } from '../support/servers/index.js';
import { quietLog } from '../support/system.js';

/** Until a service's problems are as wanted. */
const until = (health: Health, wanted: (parts: readonly string[]) => boolean) =>
  new Promise<readonly string[]>((resolve) => {
    const look = () => {
      const parts = health.problems('registry').map(({ part, because }) => `${part} ${because}`);
      if (!wanted(parts)) return;
      stop();
      resolve(parts);
    };
    const stop = health.onChange(look);
    look();
  });
/** Asks more often than every 3 s. */
const hasty: Clock = {
  ...systemClock,
  after: (ms, action) => systemClock.after(ms === 3_000 ? 100 : ms, action),
};
const ready = (parts: readonly string[]) => parts.length === 0;

describe('readiness of a service whose event store is a process of its own', () => {
  let server: TestServer;
  let dataDir: string;
  let running: Running;

  beforeAll(async () => {
    server = await startServer('eventstoredb');
    dataDir = await mkdtemp(join(tmpdir(), 'holdfast-readiness-'));
    const config = loadConfig(RegistryConfig, {
      HOLDFAST_DATA_DIR: dataDir,
      HOLDFAST_EVENT_STORE: server.url,
      HOLDFAST_GRPC_PORT: '0',
    });
    running = await startService({
      name: 'registry',
      module: RegistryModule.with({ config, version: '0.0.0' }),
      services: registryServices,
      host: '127.0.0.1',
      grpcPort: 0,
      log: quietLog('registry'),
      clock: hasty,
    });
  });

  afterAll(async () => {
    await running?.close();
    await server?.stop();
    await rm(dataDir, { recursive: true, force: true });
  });

  it('rises with it, falls when it is killed or silent, and returns with it', async () => {
    const { health } = running;
    await until(health, ready);
    await server.kill();
    expect(await until(health, (parts) => parts.length > 0)).toContain(
      'event-store does not answer: STORE_UNAVAILABLE',
    );
    await server.restart();
    await until(health, ready);
    server.pause();
    expect(await until(health, (parts) => parts.length > 0)).toContain(
      'event-store does not answer: STORE_UNAVAILABLE',
    );
    server.resume();
    await until(health, ready);
  });
});
