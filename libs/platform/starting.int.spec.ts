import { Module } from '@nestjs/common';
import { createServer, type AddressInfo } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { createLog, startService } from './index.js';

@Module({})
class WaitingModule {}

const freePort = () =>
  new Promise<number>((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });

/** Until somebody listens there. */
async function answerOf(url: string): Promise<Response> {
  for (;;) {
    const answer = await fetch(url).catch(() => undefined);
    if (answer) return answer;
    await new Promise((resolve) => setImmediate(resolve));
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

  it('frees its ports when a module cannot be made', async () => {
    const port = await freePort();
    await expect(start(port, Promise.reject(new Error('no engine')))).rejects.toThrow('no engine');
    await expect(fetch(`http://127.0.0.1:${port}/healthz`)).rejects.toThrow('fetch failed');
  });
});
