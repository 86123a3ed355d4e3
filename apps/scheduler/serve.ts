import { runAlone } from '#platform';
import { SchedulerConfig, SchedulerModule, schedulerServices } from './index.js';

await runAlone({
  name: 'scheduler',
  config: SchedulerConfig,
  services: schedulerServices,
  module: ({ bound: _, ...start }) => SchedulerModule.with(start),
  needs: {
    value: ({ registryAddress }) => registryAddress,
    setting: 'HOLDFAST_REGISTRY_ADDRESS',
    why: 'a scheduler on its own must be told where the registry is, HOST:PORT',
  },
});
