import { DomainError, streamId, type Decider, type Instant, type StreamId } from '#kernel';
import { nameId } from '#evidence';
import { maxFindings, type AuditEvent, type AuditResult } from './events.js';

export const auditIdOf = (commandId: string): string => nameId('audit', commandId);
export const auditStream = (id: string): StreamId => streamId('audit', id);

export type AuditCommand = {
  readonly type: 'RecordAudit';
  readonly result: AuditResult;
  readonly at: Instant;
};

export type AuditState =
  { readonly status: 'absent' } | { readonly status: 'concluded'; readonly startedAt: Instant };

export const audit: Decider<AuditCommand, AuditState, AuditEvent> = {
  initial: { status: 'absent' },
  decide({ result, at }, state) {
    if (state.status === 'absent')
      return [{ type: 'AuditConcluded', ...result, first: result.first.slice(0, maxFindings), at }];
    if (state.startedAt === result.startedAt) return [];
    throw new DomainError(
      'already-exists',
      'IDEMPOTENCY_KEY_REUSED',
      'this idempotency key was used for another audit; take a new one',
    );
  },
  evolve: (_, { startedAt }) => ({ status: 'concluded', startedAt }),
};
