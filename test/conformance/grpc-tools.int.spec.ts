import { once } from 'node:events';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client, credentials } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { service as health } from 'grpc-health-check';
import { startTogether } from '../support/start-together.js';
import type { System } from '../support/system.js';

let system: System;
let client: Client;

beforeAll(async () => {
  system = await startTogether();
  client = new Client(system.addresses.registry, credentials.createInsecure());
});
afterAll(async () => {
  client?.close();
  await system.close();
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
