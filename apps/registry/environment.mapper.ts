import type { registry } from '#contracts';
import type { EnvironmentDocument } from './environment.projection.js';

export const toEnvironment = (environment: EnvironmentDocument): registry.Environment => ({
  namespace: environment.namespace,
  name: environment.name,
  kind: environment.kind,
  digest: environment.digest,
  declaration: Buffer.from(environment.declaration),
  number: environment.number,
  registeredAt: environment.registeredAt,
  stream: environment.stream,
});
