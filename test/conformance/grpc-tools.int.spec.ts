import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client, credentials } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { service as health } from 'grpc-health-check';

const main = new URL('../../apps/standalone/main.js', import.meta.url).pathname;
let dir: string;
let server: ChildProcess;
let client: Client;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'holdfast-tools-'));
  const env = { ...process.env, HOLDFAST_DATA_DIR: join(dir, 'data'), HOLDFAST_GRPC_PORT: '0' };
  const child = spawn(process.execPath, [main], { env, stdio: ['ignore', 'pipe', 'ignore'] });
  server = child;
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  const { address } = JSON.parse(line) as { address: string };
  client = new Client(address, credentials.createInsecure());
});
afterAll(async () => {
  client?.close();
  if (server?.kill('SIGTERM')) await once(server, 'exit');
  await rm(dir, { recursive: true, force: true });
});

const services = ['holdfast.registry.v1.Registry'];

describe('standard gRPC tools', () => {
  it.each(['', ...services])('see the health of %j', async (service) => {
    const check = health['Check'] ?? health['check'];
    if (check === undefined) throw new Error('the health service has no Check');
    const answer = await new Promise<unknown>((resolve, reject) => {
      client.makeUnaryRequest(
        '/grpc.health.v1.Health/Check',
        check.requestSerialize,
        check.responseDeserialize,
        { service },
        (error, value) => (error ? reject(error) : resolve(value)),
      );
    });
    expect(answer).toMatchObject({ status: 'SERVING' });
  });

  it('see every service by reflection', async () => {
    const names = await reflectedServices();
    expect(names).toEqual(expect.arrayContaining([...services, 'grpc.health.v1.Health']));
  });
});

interface Listed {
  readonly listServicesResponse: { readonly service: readonly { readonly name: string }[] };
}

/** Asked with the messages of reflection's own proto. */
async function reflectedServices(): Promise<readonly string[]> {
  const entry = createRequire(import.meta.url).resolve('@grpc/reflection');
  const loaded = loadSync(join(entry, '../../proto/grpc/reflection/v1/reflection.proto'));
  const definition = loaded['grpc.reflection.v1.ServerReflection'] as unknown as Record<
    string,
    { readonly requestSerialize: (v: object) => Buffer; readonly responseDeserialize: (b: Buffer) => Listed }
  >;
  const method = definition['ServerReflectionInfo'];
  if (method === undefined) throw new Error('reflection has no ServerReflectionInfo');
  const call = client.makeBidiStreamRequest(
    '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo',
    method.requestSerialize,
    method.responseDeserialize,
  );
  call.write({ listServices: '' });
  const [answer] = (await once(call, 'data')) as [Listed];
  call.end();
  return answer.listServicesResponse.service.map(({ name }) => name);
}
