import { streamUuid, type Instant, type JsonObject } from '#kernel';
import { artifactCodec, auditCodec } from '#contracts/stored';
import type { ScrubResult } from '#domain/artifact';
import type { AuditConcluded, AuditFinding, AuditResult } from '#domain/audit';
import type { Document } from '#read-store';
import type { ProjectedEvent, Projection } from '#runtime';

/** One audit; scrubs of the artifacts, which provenance makes, are among them. */
export interface AuditDocument extends Document {
  readonly kind: AuditResult['kind'];
  readonly outcome: AuditResult['outcome'];
  readonly problem: string;
  readonly scheduled: boolean;
  readonly startedAt: Instant | null;
  readonly concludedAt: Instant;
  readonly checked: number;
  readonly findings: number;
  readonly first: readonly (AuditFinding & JsonObject)[];
  readonly log: { readonly size: number; readonly root: string } | null;
  /** Sorted downwards: newest first. */
  readonly order: string;
}

export const auditProjection: Projection<AuditDocument> = {
  name: 'audits',
  version: 1,
  kinds: ['audit', 'artifact'],
  indexes: ['order', ['kind', 'order'], ['outcome', 'order'], ['kind', 'outcome', 'order']],
  ids: ({ type, stream }) =>
    type === 'AuditConcluded' || type === 'ScrubFinished' ? [streamUuid(stream)] : [],
  project(_, stored, id) {
    const content: Content = stored.kind === 'artifact' ? scrubbed(stored) : concluded(stored);
    return { ...content, id, order: String(stored.index).padStart(12, '0') };
  },
};

type Content = Pick<
  AuditDocument,
  | 'kind'
  | 'outcome'
  | 'problem'
  | 'scheduled'
  | 'startedAt'
  | 'concludedAt'
  | 'checked'
  | 'findings'
  | 'first'
  | 'log'
>;

function concluded({ type, bytes }: ProjectedEvent): Content {
  const {
    kind,
    outcome,
    problem = '',
    scheduled,
    startedAt,
    at,
    checked,
    findings,
    first,
    log = null,
  } = auditCodec.decode(type, bytes).event as AuditConcluded;
  return { kind, outcome, problem, scheduled, startedAt, concludedAt: at, checked, findings, first, log };
}

function scrubbed({ type, bytes, metadata }: ProjectedEvent): Content {
  const scrub = artifactCodec.decode(type, bytes).event as ScrubResult & { readonly at: Instant };
  const { blobs, corrupt, corruptTotal, missing, missingTotal, restored = [], restoredTotal = 0, at } = scrub;
  const findings = corruptTotal + missingTotal + restoredTotal;
  return {
    ...{ kind: 'artifacts', outcome: findings === 0 ? 'held' : 'failed', problem: '' },
    ...{
      scheduled: metadata.actor.type === 'service',
      startedAt: null,
      concludedAt: at,
      checked: blobs,
      findings,
    },
    first: [
      ...corrupt.map((digest) => ({ code: 'BLOB_CORRUPT', message: `${digest} no longer has its digest` })),
      ...missing.map((digest) => ({
        code: 'BLOB_MISSING',
        message: `${digest} is referred to and not there`,
      })),
      ...restored.map((digest) => ({
        code: 'BLOB_RESTORED',
        message: `${digest} was disposed of, and is here though nothing has needed it since`,
      })),
    ].slice(0, 20),
    log: null,
  };
}
