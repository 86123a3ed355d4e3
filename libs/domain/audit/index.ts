export { audit, auditIdOf, auditStream, type AuditCommand, type AuditState } from './decide.js';
export {
  auditKinds,
  maxFindings,
  type AuditConcluded,
  type AuditEvent,
  type AuditFinding,
  type AuditKind,
  type AuditResult,
  type SigningKeyRotated,
} from './events.js';
export { signingKeyStream } from './signing-keys.js';
