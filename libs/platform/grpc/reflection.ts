import type { Server, ServiceDefinition, UntypedServiceImplementation } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { ReflectionService } from '@grpc/reflection';
import { protoPath as healthProto } from 'grpc-health-check';
import { fileURLToPath } from 'node:url';
import { packageOf, shortName, type HostedService } from './service.js';

/** The proto files travel with the built code. */
const protoFolder = fileURLToPath(new URL('../../../proto', import.meta.url));
const versions = ['v1', 'v1alpha'] as const;
const method = 'ServerReflectionInfo';

/** `holdfast.registry.v1.Registry` is described in holdfast/registry/v1/registry.proto. */
const fileOf = (service: HostedService): string =>
  `${packageOf(service).replaceAll('.', '/')}/${shortName(service)}.proto`;

interface Described {
  readonly definition: ServiceDefinition;
  readonly implementation: UntypedServiceImplementation;
}

/** What the package would register, in the order of {@link versions}. */
function describe(services: readonly HostedService[]): readonly Described[] {
  const packages = loadSync([...services.map(fileOf), healthProto], {
    includeDirs: [protoFolder],
    keepCase: true,
  });
  const described: Described[] = [];
  const collector = {
    addService: (definition: ServiceDefinition, implementation: UntypedServiceImplementation) =>
      described.push({ definition, implementation }),
  };
  new ReflectionService(packages).addToServer(collector as unknown as Server);
  return described;
}

/**
 * Lets tools such as grpcurl ask what the server offers; knows health and reflection too. Proto files are read when somebody asks
 * for the first time: it takes 140 ms, more than a tenth of a start.
 */
export function addReflection(server: Server, services: readonly HostedService[]): void {
  let known: readonly Described[] | undefined;
  for (const [index, version] of versions.entries()) {
    const real = () => (known ??= describe(services))[index] as Described;
    const codec = () => real().definition[method] as ServiceDefinition[string];
    const path = `/grpc.reflection.${version}.ServerReflection/${method}`;
    const definition: ServiceDefinition = {
      [method]: {
        path,
        requestStream: true,
        responseStream: true,
        requestSerialize: (value: unknown) => codec().requestSerialize(value),
        requestDeserialize: (bytes: Buffer) => codec().requestDeserialize(bytes) as unknown,
        responseSerialize: (value: unknown) => codec().responseSerialize(value),
        responseDeserialize: (bytes: Buffer) => codec().responseDeserialize(bytes) as unknown,
      },
    };
    const answer = (call: unknown) => {
      const { implementation } = real();
      const handle = implementation[method] ?? implementation['serverReflectionInfo'];
      (handle as (call: unknown) => void)(call);
    };
    server.addService(definition, { [method]: answer } as UntypedServiceImplementation);
  }
}
