import { runAlone } from '#platform';
import { RegistryConfig, RegistryModule, registryServices } from './index.js';

await runAlone({
  name: 'registry',
  config: RegistryConfig,
  services: registryServices,
  module: ({ bound: _, ...start }) => RegistryModule.with(start),
});
