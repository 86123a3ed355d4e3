import type { Server, ServiceDefinition, UntypedServiceImplementation } from '@grpc/grpc-js';

/** A service as a package would add it to a server. */
export interface Described {
  readonly definition: ServiceDefinition;
  readonly implementation: UntypedServiceImplementation;
}

export interface LazyMethod {
  readonly name: string;
  readonly path: string;
  readonly requestStream: boolean;
  readonly responseStream: boolean;
}

/** What would be added to a server, in this order. */
export function whatIsAdded(add: (server: Server) => void): readonly Described[] {
  const added: Described[] = [];
  const collector = {
    addService: (definition: ServiceDefinition, implementation: UntypedServiceImplementation) =>
      added.push({ definition, implementation }),
  };
  add(collector as unknown as Server);
  return added;
}

/** Adds methods whose codecs and handlers are asked for only when somebody calls. */
export function addLazily(server: Server, methods: readonly LazyMethod[], real: () => Described): void {
  const definition = Object.fromEntries(
    methods.map(({ name, ...method }) => {
      const codec = () => real().definition[name] as ServiceDefinition[string];
      const codecs = {
        requestSerialize: (value: unknown) => codec().requestSerialize(value),
        requestDeserialize: (bytes: Buffer) => codec().requestDeserialize(bytes) as unknown,
        responseSerialize: (value: unknown) => codec().responseSerialize(value),
        responseDeserialize: (bytes: Buffer) => codec().responseDeserialize(bytes) as unknown,
      };
      return [name, { ...method, ...codecs }];
    }),
  );
  const handler =
    ({ name }: LazyMethod) =>
    (...call: unknown[]) => {
      const { definition, implementation } = real();
      const handle = implementation[name] ?? implementation[definition[name]?.originalName ?? ''];
      (handle as (...call: unknown[]) => void)(...call);
    };
  const implementation = Object.fromEntries(methods.map((method) => [method.name, handler(method)]));
  server.addService(definition as ServiceDefinition, implementation as UntypedServiceImplementation);
}
