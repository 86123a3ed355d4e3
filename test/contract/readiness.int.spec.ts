import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { RegistryConfig, RegistryModule, registryServices } from '#apps/registry';
import { systemClock, type Clock } from '#kernel';
import { loadConfig, startService, type Health, type Running } from '#platform';
import { connect } from '#rpc';
import { freePort, sharedServer, startServer, type TestServer } from '../support/servers/index.js';
import { slowProxy } from '../support/slow-proxy.js';
import { lendCredentials } from '../support/start-on-engines.js';
import { quietLog } from '../support/system.js';
import { testBucket } from './s3-bucket.js';

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
/** What else fails with it may be told before. */
const away = (parts: readonly string[]) => parts.includes('event-store does not answer: STORE_UNAVAILABLE');

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
    await until(health, away);
    await server.restart();
    await until(health, ready);
    server.pause();
    await until(health, away);
    server.resume();
    await until(health, ready);
  });
});

describe('a service that is started before its artifact store', () => {
  it('answers Diagnose, says of every other call why it does not serve yet, and serves when its engine is there', async () => {
    const s3 = sharedServer('s3');
    const [bucket, network] = [await testBucket(s3), await slowProxy()];
    const dataDir = await mkdtemp(join(tmpdir(), 'holdfast-readiness-'));
    const { bucket: name, prefix, credentials } = bucket.options;
    const { accessKeyId = '', secretAccessKey = '' } = credentials as Record<string, string>;
    const ends: (() => void)[] = [];
    lendCredentials({ AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey }, ends);
    const config = loadConfig(RegistryConfig, {
      HOLDFAST_DATA_DIR: dataDir,
      HOLDFAST_ARTIFACT_STORE: `s3://${name}/${prefix}?endpoint=http://127.0.0.1:${network.port}&region=us-east-1`,
    });
    const grpcPort = await freePort();
    const starting = startService({
      name: 'registry',
      module: RegistryModule.with({ config, version: '0.0.0' }),
      services: registryServices,
      ...{ host: '127.0.0.1', grpcPort, log: quietLog('registry'), clock: hasty },
    });
    const client = connect(`127.0.0.1:${grpcPort}`);
    const patient = { repeatable: true, deadlineMs: 50_000 };
    try {
      const { diagnosis } = await client.registry.diagnose({}, patient);
      expect(diagnosis?.parts).toContainEqual(
        expect.objectContaining({
          ...{ part: 'artifact-store', engine: 's3', ready: false },
          because: 'cannot be opened yet: STORAGE_UNREACHABLE',
        }),
      );
      const list = { namespace: '', pageSize: 0, pageToken: '' };
      await expect(client.registry.listKnobs(list)).rejects.toMatchObject({
        ...{ kind: 'unavailable', code: 'SERVER_STARTING' },
        message: expect.stringContaining('artifact-store cannot be opened yet'),
      });
      network.toPort(Number(new URL(s3).port));
      expect(await client.registry.listKnobs(list, patient)).toMatchObject({ knobs: [] });
    } finally {
      client.close();
      network.toPort(Number(new URL(s3).port));
      await (await starting).close();
      await Promise.all([network.close(), bucket.remove(), rm(dataDir, { recursive: true, force: true })]);
      ends.forEach((end) => end());
    }
  });
});
