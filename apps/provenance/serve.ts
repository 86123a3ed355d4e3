import { runAlone } from '#platform';
import { ProvenanceConfig, ProvenanceModule, provenanceServices } from './index.js';

await runAlone({
  name: 'provenance',
  config: ProvenanceConfig,
  services: provenanceServices,
  module: ({ bound: _, ...start }) => ProvenanceModule.with(start),
  needs: {
    value: ({ schedulerAddress }) => schedulerAddress,
    setting: 'HOLDFAST_SCHEDULER_ADDRESS',
    why: 'provenance on its own must be told where the scheduler is, HOST:PORT',
  },
});
