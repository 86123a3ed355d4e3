import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Health } from './health.js';
import type { ReadableMeter } from './metrics.js';

export interface HttpEndpoints {
  readonly port: number;
  close(): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

const json = (status: number, body: unknown): Answer => ({
  status,
  type: 'application/json',
  body: `${JSON.stringify(body)}\n`,
});

async function answer(path: string, health: Health, meter: ReadableMeter): Promise<Answer> {
  switch (path) {
    case '/healthz':
      return json(200, { status: 'alive' });
    case '/readyz':
      return health.isReady()
        ? json(200, { status: 'ready' })
        : json(503, { status: 'not ready', waitingFor: health.problems() });
    case '/metrics':
      return { status: 200, type: meter.contentType, body: await meter.read() };
    default:
      return json(404, { error: 'there are /healthz, /readyz and /metrics' });
  }
}

/** `/healthz`, `/readyz` and `/metrics` for probes; port 0 takes a free one. */
export async function openHttpEndpoints(
  { host, port }: { host: string; port: number },
  health: Health,
  meter: ReadableMeter,
): Promise<HttpEndpoints> {
  const server = createServer((request, response) => {
    const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
    const reply =
      request.method === 'GET' || request.method === 'HEAD'
        ? answer(path, health, meter)
        : Promise.resolve(json(405, { error: 'only GET' }));
    reply.then(
      ({ status, type, body }) =>
        response
          .writeHead(status, { 'content-type': type, 'cache-control': 'no-store' })
          .end(request.method === 'HEAD' ? undefined : body),
      () => response.writeHead(500).end(),
    );
  });
  server.requestTimeout = 5_000;
  await listen(server, host, port);
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const listen = (server: Server, host: string, port: number) =>
  new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
