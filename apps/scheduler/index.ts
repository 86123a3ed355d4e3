import { scheduler } from '#contracts';
import type { HostedService } from '#platform';

export { SchedulerConfig } from './config.js';
export { SchedulerModule } from './scheduler.module.js';

/** What the process that hosts the module must serve. */
export const schedulerServices: readonly HostedService[] = [
  { name: 'holdfast.scheduler.v1.Scheduler', definition: scheduler.SchedulerService },
];
export { published } from './outbound.js';
