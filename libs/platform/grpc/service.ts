import type { ServiceDefinition } from '#rpc';
import { readable } from './unreadable.js';

/** One gRPC service that a process answers for. */
export interface HostedService {
  /** `holdfast.registry.v1.Registry` */
  readonly name: string;
  /** Generated, e.g. `RegistryService` of `#contracts`. */
  readonly definition: ServiceDefinition;
}

/** The service's short name: the second part of its package. */
export const shortName = ({ name }: HostedService): string => name.split('.')[1] ?? name;

export const packageOf = ({ name }: HostedService): string => name.slice(0, name.lastIndexOf('.'));

/**
 * What Nest and grpc-js take for a loaded proto package. Methods get their names of the proto file, since Nest's
 * `@GrpcMethod('Registry')` on `declareKnob()` means `DeclareKnob`.
 */
export const packageDefinition = (services: readonly HostedService[]): Record<string, unknown> =>
  Object.fromEntries(
    services.map(({ name, definition }) => [
      name,
      Object.fromEntries(
        Object.entries(definition).map(([originalName, method]) => [
          method.path.slice(method.path.lastIndexOf('/') + 1),
          { ...readable(method), originalName },
        ]),
      ),
    ]),
  );
