export { audit, auditIdOf, auditStream, type AuditCommand, type AuditState } from './decide.js';
export {
  auditKinds,
  maxFindings,
  type AuditEvent,
  type AuditFinding,
  type AuditKind,
  type AuditResult,
} from './events.js';
