import type { HostedService } from '#platform';
import { provenanceService } from '#rpc';

export { ProvenanceConfig } from './config.js';
export { ProvenanceModule } from './provenance.module.js';

/** What the process that hosts the module must serve. */
export const provenanceServices: readonly HostedService[] = [
  { name: 'holdfast.provenance.v1.Provenance', definition: provenanceService },
];
export { published } from './outbound.js';
