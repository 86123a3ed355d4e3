import { runAlone } from '#platform';
import { ExecutorConfig, ExecutorModule, executorServices } from './index.js';

await runAlone({
  name: 'executor',
  config: ExecutorConfig,
  services: executorServices,
  module: ({ bound, ...start }) => ExecutorModule.with({ ...start, address: bound }),
  needs: {
    value: ({ schedulerAddress }) => schedulerAddress,
    setting: 'HOLDFAST_SCHEDULER_ADDRESS',
    why: 'an executor on its own must be told where the scheduler is, HOST:PORT',
  },
});
