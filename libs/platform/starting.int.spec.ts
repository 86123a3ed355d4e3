import { Controller, Module } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import { describe, expect, it } from '@jest/globals';
import { systemClock } from '#kernel';
import { registry } from '#contracts';
import { connect } from '#rpc';
import { createLog, EarlyCalls, Health, startService } from './index.js';

@Module({})
class WaitingModule {}

@Controller()
class RegistryController {
  @GrpcMethod('Registry')
  diagnose(): registry.DiagnoseResponse {
    return { diagnosis: { ...nothing, version: 'started' } };
  }

  @GrpcMethod('Registry')
  listKnobs(): registry.ListKnobsResponse {
    return { knobs: [], nextPageToken: 'served' };
  }
}

@Module({ controllers: [RegistryController] })
class WaitingRegistry {}

const nothing = { version: '', parts: [], reactors: [], pools: [] };
/** A start may take longer than a client waits for a server by itself. */
const patient = { repeatable: true, deadlineMs: 150_000, retryForMs: 150_000 };
const listKnobs = { namespace: '', pageSize: 0, pageToken: '' };

/** Not one that an outgoing connection may be given before it is listened on. */
const ports = new URL('../../../infra/servers/free-port.mjs', import.meta.url).href;
const freePort = async () => ((await import(ports)) as { freePort(): Promise<number> }).freePort();

/** Until somebody listens there. */
async function answerOf(url: string): Promise<Response> {
  for (;;) {
    const answer = await fetch(url).catch(() => undefined);
    if (answer) return answer;
    await systemClock.sleep(5);
  }
}

const start = (httpPort: number, engine: Promise<void>) =>
  startService({
    name: 'test',
    module: { module: WaitingModule, providers: [{ provide: 'engine', useFactory: () => engine }] },
    services: [],
    host: '127.0.0.1',
    grpcPort: 0,
    httpPort,
    log: createLog({ service: 'test', write: () => {} }),
  });

describe('a service whose modules still wait for an engine', () => {
  it('is alive and not ready, so that nobody restarts it and nobody calls it', async () => {
    const [port, engine] = [await freePort(), Promise.withResolvers<void>()];
    const starting = start(port, engine.promise);
    const ready = `http://127.0.0.1:${port}/readyz`;
    const waiting = await answerOf(ready);
    expect([waiting.status, await waiting.json()]).toEqual([
      503,
      { status: 'not ready', waitingFor: [{ part: 'process', because: 'starting' }] },
    ]);
    expect((await answerOf(`http://127.0.0.1:${port}/healthz`)).status).toBe(200);
    engine.resolve();
    const running = await starting;
    expect((await answerOf(ready)).status).toBe(200);
    await running.close();
  });

  it('answers calls as long as that lasts: what it waits for, and that it does not serve yet; then, on the same connection, as ever', async () => {
    const [port, engine] = [await freePort(), Promise.withResolvers<void>()];
    const waitFor = async (early: EarlyCalls, health: Health) => {
      early.answer('Registry/Diagnose', () =>
        Promise.resolve({ diagnosis: { ...nothing, version: 'early' } }),
      );
      health.unready('event-store', 'cannot be opened yet: STORE_UNAVAILABLE');
      early.begin();
      early.begin();
      await engine.promise;
      health.ready('event-store');
    };
    const provider = { provide: 'engine', inject: [EarlyCalls, Health], useFactory: waitFor };
    const starting = startService({
      name: 'test',
      module: { module: WaitingRegistry, providers: [provider] },
      services: [{ name: 'holdfast.registry.v1.Registry', definition: registry.RegistryService }],
      host: '127.0.0.1',
      grpcPort: port,
      log: createLog({ service: 'test', write: () => {} }),
    });
    const client = connect(`127.0.0.1:${port}`);
    const early = await client.registry.diagnose({}, patient);
    expect(early.diagnosis?.version).toBe('early');
    const refused = {
      ...{ kind: 'unavailable', code: 'SERVER_STARTING' },
      message: expect.stringContaining('event-store cannot be opened yet: STORE_UNAVAILABLE'),
    };
    await expect(client.registry.listKnobs(listKnobs)).rejects.toMatchObject(refused);
    await expect(Array.fromAsync(client.registry.rebuildProjection({ name: '' }))).rejects.toMatchObject(
      refused,
    );
    const waiting = client.registry.listKnobs(listKnobs, patient);
    engine.resolve();
    const running = await starting;
    expect(running.address).toBe(`127.0.0.1:${port}`);
    expect(await waiting).toMatchObject({ nextPageToken: 'served' });
    expect((await client.registry.diagnose({})).diagnosis?.version).toBe('started');
    client.close();
    await running.close();
  });

  it('frees its ports when a module cannot be made', async () => {
    const port = await freePort();
    await expect(start(port, Promise.reject(new Error('no engine')))).rejects.toThrow('no engine');
    await expect(fetch(`http://127.0.0.1:${port}/healthz`)).rejects.toThrow('fetch failed');
  });
});
