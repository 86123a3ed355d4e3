import { DomainError, isDomainError } from '#kernel';
import { uuidV5 } from '#evidence';
import { provenance } from '#contracts';
import type { AuditFinding } from '#domain/audit';
import type { CommandContext } from '#runtime';
import type { Auditor } from '../auditor.js';
import type { RunDocument } from '../runs.projection.js';
import { record } from './verified-log.js';

/** Among how many of the newest completed runs is drawn. */
const drawnFrom = 1000;
const askEveryMs = 2000;
/** How long a repetition may take, waiting for an executor included. */
const patienceMs = 6 * 3_600_000;

/** Runs some completed runs again, by their sealed bundles, and records whether they gave what they had given. */
export async function sampledReproductions(
  count: number,
  auditor: Auditor,
  context: CommandContext,
  signal: AbortSignal,
): Promise<void> {
  const runs = await draw(auditor, count);
  if (runs.length === 0) return;
  const findings: AuditFinding[] = [];
  let checked = 0;
  for (const run of runs) {
    const problem = await repeated(auditor, run, context, signal);
    if (problem === 'disposed') continue;
    checked++;
    if (problem !== undefined) findings.push({ ...problem, stream: `run-${run.id}` });
  }
  if (checked === 0) return;
  const counts: Record<string, number> = {};
  for (const { code } of findings) counts[code] = (counts[code] ?? 0) + 1;
  await record(auditor, context, {
    ...{ kind: 'reproductions', outcome: findings.length === 0 ? 'held' : 'failed', scheduled: true },
    ...{
      startedAt: context.receivedAt,
      checked,
      findings: findings.length,
      counts,
      first: findings,
    },
  });
}

async function draw({ views, chance }: Auditor, count: number): Promise<readonly RunDocument[]> {
  const newest = await views.runs.query({
    where: [
      { field: 'status', is: 'completed' },
      { field: 'repeat', is: false },
    ],
    sort: { field: 'order', direction: 'desc' },
    limit: drawnFrom,
  });
  const left = [...newest];
  return Array.from({ length: Math.min(count, left.length) }, () => {
    const at = Math.floor(chance.fraction() * left.length);
    return left.splice(at, 1)[0] as RunDocument;
  });
}

/** What is wrong; undefined when the repetition gave the same, `disposed` when its retention has run out: nobody can repeat it. */
async function repeated(
  { provenance: peer, clock }: Auditor,
  { id, namespace }: RunDocument,
  context: CommandContext,
  signal: AbortSignal,
): Promise<AuditFinding | 'disposed' | undefined> {
  if (peer === undefined) throw new DomainError('bug', 'NO_PROVENANCE', 'nobody said where provenance is');
  const { provenance: service } = await peer.connection();
  const idempotencyKey = uuidV5(context.commandId, id);
  const until = clock.monotonicMs() + patienceMs;
  try {
    const request = { namespace, runId: id, reason: 'drawn for an audit' };
    let { reproduction } = await service.reproduce(request, { idempotencyKey, signal });
    while (reproduction !== undefined && reproduction.concludedAt === undefined) {
      if (clock.monotonicMs() > until)
        return { code: 'NOT_CONCLUDED', message: `reproduction ${reproduction.id} has not ended` };
      await clock.sleep(askEveryMs, signal);
      ({ reproduction } = await service.getReproduction(
        { namespace, id: reproduction.id },
        { repeatable: true, signal },
      ));
    }
    if (reproduction === undefined)
      throw new DomainError('bug', 'NO_REPRODUCTION', 'provenance answered without one');
    const { verdict, differences } = reproduction;
    if (verdict === provenance.Verdict.VERDICT_IDENTICAL || verdict === provenance.Verdict.VERDICT_EQUIVALENT)
      return undefined;
    const first = differences[0];
    const which = first === undefined ? '' : `: ${first.area} ${first.what}`;
    return verdict === provenance.Verdict.VERDICT_DIVERGED
      ? { code: 'RUN_DIVERGED', message: `reproduction ${reproduction.id} gave another result${which}` }
      : { code: 'RUN_NOT_REPEATED', message: `reproduction ${reproduction.id} could not run` };
  } catch (error) {
    if (signal.aborted || !isDomainError(error)) throw error;
    if (error.code === 'ARTIFACTS_DISPOSED') return 'disposed';
    return { code: 'RUN_NOT_REPEATED', message: error.message };
  }
}
