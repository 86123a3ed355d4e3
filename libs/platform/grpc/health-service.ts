import { createRequire } from 'node:module';
import type { Server } from '@grpc/grpc-js';
import type * as HealthCheck from 'grpc-health-check';
import type { Health } from '../health/health.js';
import { addLazily, whatIsAdded, type Described } from './lazy-service.js';
import { shortName, type HostedService } from './service.js';

const methods = [
  { name: 'Check', requestStream: false, responseStream: false },
  { name: 'List', requestStream: false, responseStream: false },
  { name: 'Watch', requestStream: false, responseStream: true },
].map((method) => ({ ...method, path: `/grpc.health.v1.Health/${method.name}` }));

/**
 * The standard health service, for each hosted service and, by the empty name, for all of them. Its package is read when somebody asks
 * for the first time. The returned function says from then on that nobody serves.
 */
export function addHealth(server: Server, services: readonly HostedService[], health: Health): () => void {
  let stopped = false;
  let asked: { readonly described: Described; tell(): void } | undefined;

  function open(): NonNullable<typeof asked> {
    const require = createRequire(import.meta.url);
    const { HealthImplementation } = require('grpc-health-check') as typeof HealthCheck;
    const implementation = new HealthImplementation();
    const tell = () => {
      const status = (serving: boolean) => (serving && !stopped ? 'SERVING' : 'NOT_SERVING');
      for (const service of services)
        implementation.setStatus(service.name, status(health.isReady(shortName(service))));
      implementation.setStatus('', status(health.isReady()));
    };
    tell();
    const [described] = whatIsAdded((server) => implementation.addToServer(server));
    return { described: described as Described, tell };
  }

  addLazily(server, methods, () => (asked ??= open()).described);
  const stopListening = health.onChange(() => asked?.tell());
  return () => {
    stopListening();
    stopped = true;
    asked?.tell();
  };
}
