import { registry } from '#contracts';
import type { HostedService } from '#platform';

export { RegistryConfig } from './config.js';
export { RegistryModule } from './registry.module.js';

/** What the process that hosts the module must serve. */
export const registryServices: readonly HostedService[] = [
  { name: 'holdfast.registry.v1.Registry', definition: registry.RegistryService },
];
export { published } from './outbound.js';
