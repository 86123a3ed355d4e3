import { DomainError, type Digest } from '#kernel';
import { nameId } from '#evidence';
import { memberCount, sweepStream } from '#domain/sweep';
import { positionToken, type CommandContext } from '#runtime';
import { admitSweep, type AdmittedSweep } from './admit-sweep.js';
import { readSweep, type StoredSweep } from './read-sweep.js';
import type { Scheduler } from './scheduler.js';
import { sweepRequestDigest, sweepRequestDigestBefore, type SweepRequest } from './sweep-request.js';

export interface SubmittedSweep {
  readonly sweep: StoredSweep;
  /** False when the command had made this sweep before. */
  readonly created: boolean;
  readonly position: string;
}

/** One command is one sweep. */
const sweepIdOf = ({ commandId }: Pick<CommandContext, 'commandId'>): string => nameId('sweep', commandId);

/**
 * Records a declared space; its members follow by themselves. A sweep of which any member would be refused records nothing.
 * @throws as {@link admitSweep}, IDEMPOTENCY_KEY_REUSED
 */
export async function submitSweep(
  scheduler: Scheduler,
  request: SweepRequest,
  context: CommandContext,
): Promise<SubmittedSweep> {
  const { sweeps, runtime } = scheduler;
  const id = sweepIdOf(context);
  const stream = sweepStream(id);
  const earlier = await sweeps.load(stream);
  let { position } = earlier;
  let created = false;
  if (earlier.state.status === 'absent') {
    const admitted = await admitSweep(scheduler, request, context);
    const command = submission(scheduler, admitted, request, context);
    const done = await sweeps.execute(stream, command, context);
    created = done.events.length > 0;
    position = done.position;
  } else if (!isOf(request, earlier.state.submitted.requestDigest)) {
    const message = 'this idempotency key was used for another request; take a new one';
    throw new DomainError('already-exists', 'IDEMPOTENCY_KEY_REUSED', message);
  }
  const sweep = await readSweep(runtime.engines.eventStore, id);
  return { sweep, created, position: positionToken(position) };
}

const isOf = (request: SweepRequest, digest: Digest): boolean =>
  digest === sweepRequestDigest(request) || digest === sweepRequestDigestBefore(request);

/** The sweep that would be, with all its members; nothing is recorded. @throws as {@link admitSweep} */
export async function trySweep(
  scheduler: Scheduler,
  request: SweepRequest,
  context: CommandContext,
): Promise<StoredSweep> {
  const admitted = await admitSweep(scheduler, request, context);
  const { at, ...submitted } = submission(scheduler, admitted, request, context);
  const { actor, reason = '', correlationId, receivedAt: recordedAt } = context;
  const metadata = {
    ...{ actor, reason, correlationId, recordedAt },
    ...{ service: 'scheduler', serviceVersion: '', schemaVersion: 1 },
  };
  const id = sweepIdOf(context);
  return {
    ...{ id, stream: sweepStream(id), status: 'open', submission: { eventId: '', metadata } },
    submitted: { ...submitted, type: 'SweepSubmitted', submittedAt: at },
  };
}

const submission = (
  { config }: Scheduler,
  { namespace, blueprint, space }: AdmittedSweep,
  request: SweepRequest,
  { receivedAt: at }: CommandContext,
) =>
  ({
    type: 'SubmitSweep',
    ...{ namespace, blueprint, requestDigest: sweepRequestDigest(request), space },
    ...{ members: memberCount(space), window: config.sweepWindow, priority: request.priority, at },
    ...(request.pool === undefined ? {} : { pool: request.pool }),
  }) as const;
