import type { HostedService } from '#platform';
import { auditorService } from '#rpc';

export { AuditorConfig } from './config.js';
export { AuditorModule } from './auditor.module.js';

/** What the process that hosts the module must serve. */
export const auditorServices: readonly HostedService[] = [
  { name: 'holdfast.auditor.v1.Auditor', definition: auditorService },
];
export { published } from './outbound.js';
