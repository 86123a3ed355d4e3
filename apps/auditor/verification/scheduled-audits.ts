import { isDomainError } from '#kernel';
import { nameId } from '#evidence';
import type { AuditKind } from '#domain/audit';
import type { CommandContext } from '#runtime';
import { atSetTimes, type SetTime } from '#service';
import type { Auditor } from '../auditor.js';
import { auditPeople } from './audited-people.js';
import { sampledReproductions } from './sampled-reproductions.js';
import { recordNotRun, verifiedLog } from './verified-log.js';

const auditorActor = { id: nameId('service', 'auditor'), type: 'service', roles: [] } as const;

export interface Schedule {
  /** The log, and the directory of people; 0 for never. */
  readonly verifyEveryMs: number;
  readonly reproduceEveryMs: number;
  /** Runs that are run again each time; 0 for none. */
  readonly reproduceSample: number;
}

type Audit = (auditor: Auditor, context: CommandContext, signal: AbortSignal) => Promise<void>;

/** Audits at their set times. */
export function startScheduledAudits(
  auditor: Auditor,
  { verifyEveryMs, reproduceEveryMs, reproduceSample }: Schedule,
  onError: (name: string, error: unknown) => void,
): () => Promise<void> {
  const { runtime, clock } = auditor;
  const sample: Audit = (...args) => sampledReproductions(reproduceSample, ...args);
  const at = (kind: AuditKind, everyMs: number, audit: Audit): SetTime => ({
    ...{ name: `audit:${kind}`, everyMs },
    act: (signal) => carryOut(auditor, kind, audit, signal),
  });
  const log = at('log', verifyEveryMs, verify);
  const people = at('people', verifyEveryMs, auditPeople);
  return atSetTimes(
    { readStore: runtime.engines.readStore, clock },
    [
      // Each reads all events: one after the other.
      { ...log, act: (signal) => log.act(signal).finally(() => people.act(signal)) },
      at('reproductions', reproduceSample > 0 ? reproduceEveryMs : 0, sample),
    ],
    onError,
  );
}

async function carryOut(auditor: Auditor, kind: AuditKind, audit: Audit, signal: AbortSignal): Promise<void> {
  const { clock, chance } = auditor;
  const context: CommandContext = {
    commandId: chance.uuid(),
    actor: auditorActor,
    reason: 'audit at its set time',
    correlationId: chance.uuid(),
    receivedAt: clock.now(),
  };
  try {
    await audit(auditor, context, signal);
  } catch (error) {
    if (signal.aborted || !isDomainError(error)) throw error;
    // Where the event store takes nothing, whoever hears of errors is told of this one.
    await recordNotRun(auditor, context, kind, context.receivedAt, error).catch(() => undefined);
    throw error;
  }
}

const verify: Audit = async (auditor, context, signal) => {
  const policy = { keys: await auditor.audited.trustedKeys() };
  const verified = verifiedLog(auditor, { policy, seen: [], scheduled: true, context, signal });
  for await (const told of verified) if ('report' in told) return;
};
