import type { JsonObject } from '#kernel';
import { publisher, type Published } from '#contracts/public';
import type { SignatureStatement } from '#domain/signature';

/** Accepted values and evidence are asked for over gRPC. */
export const published: Published = {
  AuditConcluded: [
    'holdfast.audit.concluded.v1',
    ...(['audited', 'verdict', 'scheduled', 'checked', 'findingsTotal'] as const),
  ],
  SigningKeyRotated: ['holdfast.signing-key.rotated.v1', 'signingKey', 'logSize'],
  // What was asked, and why, is private.
  TrailRead: ['holdfast.trail.read.v1'],
  TrailExportStarted: ['holdfast.trail.export-started.v1'],
  TrailExported: ['holdfast.trail.exported.v1', 'manifest'],
  // By whose order, and why, is asked for over gRPC.
  HoldPlaced: ['holdfast.hold.placed.v1'],
  HoldReleased: ['holdfast.hold.released.v1'],
  PersonNamed: ['holdfast.person.named.v1'],
  PersonErased: ['holdfast.person.erased.v1'],
  SignerKeyClaimed: ['holdfast.signer.key-claimed.v1'],
  SignerEnrolled: ['holdfast.signer.enrolled.v1'],
  SignerKeyReplaced: ['holdfast.signer.key-replaced.v1'],
  TrailReviewed: ['holdfast.review.recorded.v1', 'firstIndex', 'lastIndex', 'verdict'],
  Signed: [
    'holdfast.signature.recorded.v1',
    ...(['meaning', 'signedStream', 'signedRevision', 'digest'] as const),
  ],
  BaselineAccepted: [
    'holdfast.baseline.accepted.v1',
    ...(['namespace', 'blueprint', 'channel', 'metric', 'version'] as const),
  ],
  BaselineRetired: ['holdfast.baseline.retired.v1', 'version'],
  BaselineHeld: [
    'holdfast.baseline.held.v1',
    ...(['namespace', 'blueprint', 'metric', 'run', 'baseline', 'baselineVersion'] as const),
    ...(['value', 'method', 'n'] as const),
  ],
  DriftDetected: [
    'holdfast.drift.detected.v1',
    ...(['namespace', 'blueprint', 'metric', 'run', 'baseline', 'baselineVersion', 'findings'] as const),
  ],
};

/** What outsiders hear of in another form, by the type that holds it. */
const derivations: Readonly<Record<string, (data: JsonObject) => JsonObject>> = {
  AuditConcluded: ({ kind = '', outcome = '', findings = 0 }) => ({
    ...{ audited: kind, verdict: outcome, findingsTotal: findings },
  }),
  SigningKeyRotated: ({ next = '', lastSize = '0' }) => ({ signingKey: next, logSize: Number(lastSize) }),
  DriftDetected: ({ findings = [] }) => ({
    findings: (findings as readonly JsonObject[]).map(({ kind = '', subject = '' }) => ({ kind, subject })),
  }),
  TrailReviewed: ({ first, last, outcome = '' }) => ({
    ...{ firstIndex: Number(first), lastIndex: Number(last), verdict: outcome },
  }),
  Signed(data) {
    const { meaning, subject, revision, bytesSha256 } = data['statement'] as SignatureStatement;
    return {
      meaning,
      signedStream: subject,
      signedRevision: Number(revision),
      digest: `sha256:${bytesSha256}`,
    };
  },
};

export const toPublic = publisher(published, (data, type) => derivations[type]?.(data) ?? {});
