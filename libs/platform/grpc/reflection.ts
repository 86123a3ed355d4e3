import type { Server } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { ReflectionService } from '@grpc/reflection';
import { protoPath as healthProto } from 'grpc-health-check';
import { fileURLToPath } from 'node:url';
import { packageOf, shortName, type HostedService } from './service.js';

/** The proto files travel with the built code. */
const protoFolder = fileURLToPath(new URL('../../../proto', import.meta.url));

/** `holdfast.registry.v1.Registry` is described in holdfast/registry/v1/registry.proto. */
const fileOf = (service: HostedService): string =>
  `${packageOf(service).replaceAll('.', '/')}/${shortName(service)}.proto`;

/** Lets tools such as grpcurl ask what the server offers; knows health and reflection too. */
export function addReflection(server: Server, services: readonly HostedService[]): void {
  const definition = loadSync([...services.map(fileOf), healthProto], {
    includeDirs: [protoFolder],
    keepCase: true,
  });
  new ReflectionService(definition).addToServer(server);
}
