import { DomainError, streamId, type Decider, type Instant, type StreamId } from '#kernel';
import { nameId } from '#evidence';
import { maxFindings, type AuditEvent, type AuditResult } from './events.js';
import { rotated } from './signing-keys.js';

export const auditIdOf = (commandId: string): string => nameId('audit', commandId);
export const auditStream = (id: string): StreamId => streamId('audit', id);

export type AuditCommand =
  | { readonly type: 'RecordAudit'; readonly result: AuditResult; readonly at: Instant }
  | { readonly type: 'RotateSigningKey'; readonly statement: string; readonly at: Instant };

export type AuditState =
  | { readonly status: 'absent' }
  | { readonly status: 'concluded'; readonly startedAt: Instant }
  /** Statements of a log's rotations, oldest first. */
  | { readonly status: 'keys'; readonly statements: readonly string[] };

export const audit: Decider<AuditCommand, AuditState, AuditEvent> = {
  initial: { status: 'absent' },
  decide(command, state) {
    if (command.type === 'RotateSigningKey')
      return rotated(state.status === 'keys' ? state.statements : [], command.statement, command.at);
    const { result, at } = command;
    if (state.status === 'absent')
      return [{ type: 'AuditConcluded', ...result, first: result.first.slice(0, maxFindings), at }];
    if (state.status === 'concluded' && state.startedAt === result.startedAt) return [];
    throw new DomainError(
      'already-exists',
      'IDEMPOTENCY_KEY_REUSED',
      'this idempotency key was used for another audit; take a new one',
    );
  },
  evolve(state, event) {
    if (event.type === 'AuditConcluded') return { status: 'concluded', startedAt: event.startedAt };
    const before = state.status === 'keys' ? state.statements : [];
    return { status: 'keys', statements: [...before, event.statement] };
  },
};
