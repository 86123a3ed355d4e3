import { runAlone } from '#platform';
import { AuditorConfig, AuditorModule, auditorServices } from './index.js';

await runAlone({
  name: 'auditor',
  config: AuditorConfig,
  services: auditorServices,
  module: ({ bound: _, ...start }) => AuditorModule.with(start),
});
