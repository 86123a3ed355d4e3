import type { Chance, Clock } from '#kernel';
import { nameId } from '#evidence';
import { signingKeyStream, type AuditCommand, type AuditEvent, type AuditState } from '#domain/audit';
import type { CommandHandler } from '#runtime';
import type { KeyChain } from './log-parts.js';

const actor = { id: nameId('service', 'auditor'), type: 'service', roles: [] } as const;

/** The rotations of the log's keys as events of one stream. */
export const keyChainOf = (
  audits: CommandHandler<AuditCommand, AuditState, AuditEvent>,
  clock: Clock,
  chance: Chance,
): KeyChain => ({
  async statements(origin) {
    const { state } = await audits.load(signingKeyStream(origin));
    return state.status === 'keys' ? state.statements : [];
  },
  async rotate(origin, statement) {
    const at = clock.now();
    await audits.execute(
      signingKeyStream(origin),
      { type: 'RotateSigningKey', statement, at },
      {
        ...{ commandId: chance.uuid(), actor, correlationId: chance.uuid(), receivedAt: at },
        reason: 'the settings name the next key',
      },
    );
  },
});
