import { DomainError } from '#kernel';
import { parseVerifierKey } from '#evidence';
import { auditCodec } from '#contracts/stored';
import { audit } from '#domain/audit';
import { placesOf } from '#platform';
import { peer, type Opening } from '#service';
import type { AuditorParts } from './auditor.js';
import type { AuditorConfig } from './config.js';
import { getSigningKeys } from './log/get-checkpoint.js';
import { auditLogPlace, startAuditLog } from './log/start-audit-log.js';

/** The log, what is verified, and who repeats runs, as the settings have them. */
export function openParts(opening: Opening<AuditorConfig>): AuditorParts {
  const { runtime, config, options, clock, chance, instruments } = opening;
  const { engine, at } = placesOf(config).eventStore;
  const audits = runtime.commands(audit, auditCodec);
  const log = startAuditLog(opening, audits);
  const address = config.provenanceAddress ?? options.address;
  if (address === undefined && config.reproduceSample > 0) {
    const message =
      'HOLDFAST_PROVENANCE_ADDRESS: is required to run drawn runs again when provenance is another process';
    throw new DomainError('invalid', 'INVALID_CONFIGURATION', message);
  }
  return {
    ...{ clock, chance, audits, log },
    audited: {
      eventStore: `${engine}:${at}`,
      log: auditLogPlace(config),
      trustedKeys: async () => (await getSigningKeys({ log })).keys.map(({ key }) => parseVerifierKey(key)),
    },
    provenance:
      address === undefined ? undefined : peer({ caller: 'auditor', address, tracer: instruments.tracer }),
  };
}
