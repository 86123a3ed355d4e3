import { executor } from '#contracts';
import type { HostedService } from '#platform';

export { ExecutorConfig } from './config.js';
export { ExecutorModule, type ExecutorModuleOptions } from './executor.module.js';

/** What the process that hosts the module must serve. */
export const executorServices: readonly HostedService[] = [
  { name: 'holdfast.executor.v1.Executor', definition: executor.ExecutorService },
];
