import { join } from 'node:path';
import { followReadiness } from '#platform';
import type { Opening } from '#service';
import type { AuditorConfig } from '../config.js';
import { openAuditLog, type AuditLog } from './audit-log.js';
import { stopped } from './sequencer.js';

/** Where its files are published. */
export const auditLogPlace = ({ auditLog, dataDir }: AuditorConfig): string =>
  auditLog ?? `file:${join(dataDir, 'audit-log')}`;

/** The log as the settings have it; a log that cannot go on makes the service unready. */
export function startAuditLog(opening: Opening<AuditorConfig>): AuditLog {
  const { runtime, config, options, clock, health, log, owner, reach } = opening;
  const { signingKey, signingKeyBefore, logOrigin, dataDir, witnesses } = config;
  const audit = openAuditLog(
    {
      place: auditLogPlace(config),
      signingKey: signingKey ?? `file:${join(dataDir, 'keys', 'signing.pem')}`,
      ...{ signingKeyBefore, origin: logOrigin, witnesses, fault: options.fault },
    },
    {
      ...{ clock, owner, reach },
      eventStore: runtime.engines.eventStore,
      readStore: runtime.engines.readStore,
      onError: (error) => log.error('a part of the audit log failed', { part: 'audit-log', error }),
    },
  );
  const because = () => {
    const failing = audit.failing();
    return stopped(failing) ? [`audit-log (${/^[A-Z_]+/.exec(failing ?? '')?.[0]})`] : [];
  };
  const unfollow = followReadiness(health, 'auditor:audit-log', because, clock);
  return {
    ...audit,
    async close() {
      unfollow();
      await audit.close();
    },
  };
}
