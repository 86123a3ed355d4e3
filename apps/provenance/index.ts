import { provenance } from '#contracts';
import type { HostedService } from '#platform';

export { ProvenanceConfig } from './config.js';
export { ProvenanceModule } from './provenance.module.js';

/** What the process that hosts the module must serve. */
export const provenanceServices: readonly HostedService[] = [
  { name: 'holdfast.provenance.v1.Provenance', definition: provenance.ProvenanceService },
];
export { published } from './outbound.js';
