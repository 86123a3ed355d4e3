import { DomainError, isDomainError, type Instant } from '#kernel';
import { decodeBase64, type CheckpointPolicy, type VerifierKey } from '#evidence';
import { auditIdOf, auditStream, maxFindings, type AuditFinding, type AuditResult } from '#domain/audit';
import type { CommandContext } from '#runtime';
import { verifyLog, type Remembered, type Report, type Told } from '#verification';
import type { Auditor } from '../auditor.js';
import { toStored } from './audit.mapper.js';

/** Where a verification finds what it compares. */
export interface AuditedPlaces {
  /** `sqlite:PATH` or `esdb://…`. */
  readonly eventStore: string;
  /** `file:PATH` or `s3://…`. */
  readonly log: string;
  /** Keys that this installation signs its checkpoints with, and those it did before. */
  trustedKeys(): Promise<readonly VerifierKey[]>;
}

export interface VerifyRequest {
  readonly policy: CheckpointPolicy;
  readonly seen: readonly string[];
  readonly scheduled: boolean;
  readonly context: CommandContext;
  readonly signal: AbortSignal;
}

export type Verified =
  Exclude<Told, { readonly report: Report }> | { readonly report: Report; readonly auditId: string };

/**
 * Verifies the log against the event store and records what was found. Whoever asked for it is told all the same when that is not possible.
 * @throws VERIFICATION_FAULT, CANCELLED; of one at its set time AUDIT_NOT_RECORDED
 */
export async function* verifiedLog(auditor: Auditor, request: VerifyRequest): AsyncGenerator<Verified, void> {
  const { clock, audited } = auditor;
  const { policy, seen, scheduled, context, signal } = request;
  const startedAt = clock.now();
  const first: AuditFinding[] = [];
  const remembered = await lastHeld(auditor);
  for await (const told of verifyLog({ ...audited, policy, seen, remembered, signal })) {
    if ('finding' in told && first.length < maxFindings) first.push(toStored(told.finding));
    if (!('report' in told)) {
      yield told;
      continue;
    }
    const { report } = told;
    const { intact, events: checked, findings, counts, logSize: size, root } = report;
    const auditId = await record(auditor, context, {
      ...{ kind: 'log', outcome: intact ? 'held' : 'failed', scheduled, startedAt, checked, findings },
      counts: counts as Readonly<Record<string, number>>,
      ...{ first, log: { size, root } },
    }).catch((error: unknown) => {
      if (!isDomainError(error)) throw error;
      if (scheduled) throw notRecorded(findings, counts, error);
      return '';
    });
    yield { report, auditId };
  }
}

/** @returns the audit's id */
export async function record(
  auditor: Auditor,
  context: CommandContext,
  result: AuditResult,
): Promise<string> {
  const id = auditIdOf(context.commandId);
  const command = { type: 'RecordAudit', result, at: auditor.clock.now() } as const;
  await auditor.audits.execute(auditStream(id), command, context);
  return id;
}

function notRecorded(findings: number, counts: Report['counts'], cause: DomainError): DomainError {
  const found = findings === 0 ? 'it held' : `${findings} findings, ${Object.keys(counts).join(', ')}`;
  const message = `the log was verified (${found}), and that cannot be recorded: ${cause.message}`;
  return new DomainError(cause.kind, 'AUDIT_NOT_RECORDED', message, { cause });
}

/** That it could not be carried out. */
export const recordNotRun = (
  auditor: Auditor,
  context: CommandContext,
  kind: AuditResult['kind'],
  startedAt: Instant,
  { message }: DomainError,
): Promise<string> =>
  record(auditor, context, {
    ...{ kind, outcome: 'not-run', problem: message, scheduled: true, startedAt },
    ...{ checked: 0, findings: 0, counts: {}, first: [] },
  });

/** The log as it was when it last held: it must hold that still. */
async function lastHeld({ views }: Auditor): Promise<readonly Remembered[]> {
  const [last] = await views.audits.query({
    where: [
      { field: 'kind', is: 'log' },
      { field: 'outcome', is: 'held' },
    ],
    sort: { field: 'order', direction: 'desc' },
    limit: 1,
  });
  const root = decodeBase64(last?.log?.root ?? '');
  if (!last?.log || root === undefined) return [];
  return [{ size: last.log.size, root, from: `audit ${last.id}` }];
}
