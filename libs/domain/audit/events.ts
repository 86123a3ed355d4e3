import type { Instant } from '#kernel';

/** What was looked at: the event store against the audit log, every blob against its digest, sampled runs by running them again, or the directory of names and keys against the events. */
export const auditKinds = ['log', 'artifacts', 'reproductions', 'people'] as const;
export type AuditKind = (typeof auditKinds)[number];

/** Findings that an event names; all are counted. */
export const maxFindings = 20;

export type AuditFinding = {
  readonly code: string;
  readonly message: string;
  /** In the audit log; decimal. */
  readonly index?: string;
  readonly stream?: string;
  readonly revision?: string;
  readonly eventId?: string;
  /** Path of a file of the log. */
  readonly file?: string;
};

export type AuditResult = {
  readonly kind: AuditKind;
  /** `not-run` when it could not be carried out: then nothing is known. */
  readonly outcome: 'held' | 'failed' | 'not-run';
  /** Why it was not run. */
  readonly problem?: string;
  /** At its set time rather than because somebody asked. */
  readonly scheduled: boolean;
  readonly startedAt: Instant;
  /** Events, blobs, reproductions or people looked at. */
  readonly checked: number;
  readonly findings: number;
  readonly counts: { readonly [code: string]: number };
  readonly first: readonly AuditFinding[];
  /** The log as it was then: what it must hold for ever. Base64. */
  readonly log?: { readonly size: number; readonly root: string };
};

/** One audit, one stream, one event. */
export type AuditConcluded = { readonly type: 'AuditConcluded'; readonly at: Instant } & AuditResult;

/** The log goes over to the next key. All rotations of a log are one stream. */
export type SigningKeyRotated = {
  readonly type: 'SigningKeyRotated';
  /** Verifier keys (C2SP signed-note). */
  readonly before: string;
  readonly next: string;
  /** Entries of the largest checkpoint that the key before signs; decimal. */
  readonly lastSize: string;
  /** The same, signed by both: what anybody can check. */
  readonly statement: string;
  readonly at: Instant;
};

export type AuditEvent = AuditConcluded | SigningKeyRotated;
