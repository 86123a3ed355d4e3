import { join } from 'node:path';
import { assertKeyPlace } from '#key-store';
import { assertWritable, followReadiness, parsePlace } from '#platform';
import { lagAfter } from '#runtime';
import type { Opening } from '#service';
import type { AuditorParts } from '../auditor.js';
import type { AuditorConfig } from '../config.js';
import { openAuditLog, type AuditLog } from './audit-log.js';
import { keyChainOf } from './key-chain.js';

/** Where its files are published. */
export const auditLogPlace = ({ auditLog, dataDir }: AuditorConfig): string =>
  auditLog ?? `file:${join(dataDir, 'audit-log')}`;

/**
 * The log as the settings have it; a log that cannot go on makes the service unready.
 * @throws STORAGE_MISSING, STORAGE_READ_ONLY, STORAGE_FAULT, SIGNING_KEY_MISSING where its files can never be
 */
export function startAuditLog(opening: Opening<AuditorConfig>, audits: AuditorParts['audits']): AuditLog {
  const { runtime, config, options, clock, chance, health, instruments, log, owner, reach } = opening;
  const { signingKeyBefore, logOrigin, dataDir, witnesses } = config;
  const place = auditLogPlace(config);
  const signingKey = config.signingKey ?? `file:${join(dataDir, 'keys', 'signing.pem')}`;
  assertWritable('HOLDFAST_AUDIT_LOG', parsePlace(place), { config, log });
  assertKeyPlace(signingKey);
  const audit = openAuditLog(
    {
      ...{ place, signingKey, signingKeyBefore, origin: logOrigin, witnesses, fault: options.fault },
    },
    {
      ...{ clock, owner, reach },
      keyChain: keyChainOf(audits, clock, chance),
      eventStore: runtime.engines.eventStore,
      readStore: runtime.engines.readStore,
      onError: (error) => log.error('a part of the audit log failed', { part: 'audit-log', error }),
    },
  );
  const because = () => {
    const stuckOn = audit.stuckOn();
    return stuckOn === undefined ? [] : [`audit-log (${/^[A-Z_]+(?=:)/.exec(stuckOn)?.[0] ?? 'failed'})`];
  };
  const stopTelling = instruments.meter.whenRead(async (told) => {
    const writing = audit.writing();
    if (writing === undefined) return;
    const { size, published, position } = writing;
    const lag = await lagAfter({ eventStore: runtime.engines.eventStore, clock }, undefined, position);
    told('holdfast_log_entries', {}, published.size);
    told('holdfast_log_lag_events', {}, size - published.size + lag.events);
  });
  const unfollow = followReadiness(health, 'auditor:audit-log', because, clock);
  return {
    ...audit,
    async close() {
      stopTelling();
      unfollow();
      await audit.close();
    },
  };
}
