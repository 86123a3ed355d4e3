import { epochMs, isDomainError } from '#kernel';
import { nameId } from '#evidence';
import type { AuditKind } from '#domain/audit';
import type { CommandContext } from '#runtime';
import type { Auditor } from '../auditor.js';
import { sampledReproductions } from './sampled-reproductions.js';
import { recordNotRun, verifiedLog } from './verified-log.js';

const auditorActor = { id: nameId('service', 'auditor'), type: 'service', roles: [] } as const;
/** How often is looked whether it is time, at most. */
const lookEveryMs = 60_000;

export interface Schedule {
  /** 0 for never. */
  readonly verifyEveryMs: number;
  readonly reproduceEveryMs: number;
  /** Runs that are run again each time; 0 for none. */
  readonly reproduceSample: number;
}

type Audit = (auditor: Auditor, context: CommandContext, signal: AbortSignal) => Promise<void>;

/** Audits at their time, one instance at a time: who moves the time of the last begin does it. One that is cut off is done at the next time. */
export function startScheduledAudits(
  auditor: Auditor,
  { verifyEveryMs, reproduceEveryMs, reproduceSample }: Schedule,
  onError: (kind: AuditKind, error: unknown) => void,
): () => Promise<void> {
  const ended = new AbortController();
  const { signal } = ended;
  const sample: Audit = (...args) => sampledReproductions(reproduceSample, ...args);
  const repeat = async (kind: AuditKind, everyMs: number, audit: Audit) => {
    while (!signal.aborted) {
      await auditor.clock.sleep(Math.min(everyMs, lookEveryMs), signal);
      try {
        if (await isTurn(auditor, kind, everyMs)) await carryOut(auditor, kind, audit, signal);
      } catch (error) {
        if (!signal.aborted) onError(kind, error);
      }
    }
  };
  const running = [
    ...(verifyEveryMs > 0 ? [repeat('log', verifyEveryMs, verify)] : []),
    ...(reproduceSample > 0 ? [repeat('reproductions', reproduceEveryMs, sample)] : []),
  ].map((one) => one.catch(() => undefined));
  return async () => {
    ended.abort();
    await Promise.all(running);
  };
}

/** The first time counts from when it was first looked: a new installation has nothing to audit. */
async function isTurn({ runtime, clock }: Auditor, kind: AuditKind, everyMs: number): Promise<boolean> {
  const { readStore } = runtime.engines;
  const setting = `audit:${kind}:begun`;
  const now = epochMs(clock.now());
  const begun = await readStore.getSetting(setting);
  if (begun !== undefined && now - Number(begun) < everyMs) return false;
  const mine = await readStore.setSetting(setting, begun, String(now));
  return mine && begun !== undefined;
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
    await recordNotRun(auditor, context, kind, context.receivedAt, error);
    throw error;
  }
}

const verify: Audit = async (auditor, context, signal) => {
  const policy = { keys: await auditor.audited.trustedKeys() };
  const verified = verifiedLog(auditor, { policy, seen: [], scheduled: true, context, signal });
  for await (const told of verified) if ('report' in told) return;
};
