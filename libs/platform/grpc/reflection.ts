import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { Server } from '@grpc/grpc-js';
import type * as ProtoLoader from '@grpc/proto-loader';
import type * as Reflection from '@grpc/reflection';
import type * as HealthCheck from 'grpc-health-check';
import { addLazily, whatIsAdded, type Described } from './lazy-service.js';
import { packageOf, shortName, type HostedService } from './service.js';

/** The proto files travel with the built code. */
const protoFolder = fileURLToPath(new URL('../../../proto', import.meta.url));
const versions = ['v1', 'v1alpha'] as const;
const name = 'ServerReflectionInfo';

/** `holdfast.registry.v1.Registry` is described in holdfast/registry/v1/registry.proto. */
const fileOf = (service: HostedService): string =>
  `${packageOf(service).replaceAll('.', '/')}/${shortName(service)}.proto`;

/** In the order of {@link versions}. */
function describe(services: readonly HostedService[]): readonly Described[] {
  const require = createRequire(import.meta.url);
  const { loadSync } = require('@grpc/proto-loader') as typeof ProtoLoader;
  const { ReflectionService } = require('@grpc/reflection') as typeof Reflection;
  const { protoPath } = require('grpc-health-check') as typeof HealthCheck;
  const packages = loadSync([...services.map(fileOf), protoPath], {
    includeDirs: [protoFolder],
    keepCase: true,
  });
  return whatIsAdded((server) => new ReflectionService(packages).addToServer(server));
}

/**
 * Lets tools such as grpcurl ask what the server offers; knows health and reflection too. Packages and proto files are read when somebody
 * asks for the first time: it takes 140 ms, more than a tenth of a start.
 */
export function addReflection(server: Server, services: readonly HostedService[]): void {
  let known: readonly Described[] | undefined;
  for (const [index, version] of versions.entries()) {
    const path = `/grpc.reflection.${version}.ServerReflection/${name}`;
    const real = () => (known ??= describe(services))[index] as Described;
    addLazily(server, [{ name, path, requestStream: true, responseStream: true }], real);
  }
}
