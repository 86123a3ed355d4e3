import { isDomainError } from '#kernel';
import { canonicalBytes, uuidV5 } from '#evidence';
import { isTerminal, runStream } from '#domain/run';
import { membersOf } from '#domain/sweep';
import type { CommandContext, ProjectedEvent } from '#runtime';
import type { StoredSweep } from './read-sweep.js';
import type { Scheduler } from './scheduler.js';
import { runIdOf, submitRun } from './submit-run.js';

/** One member is one command, so however often it is submitted there is one run of it. */
const commandOf = (sweepId: string, index: number): string => uuidV5(sweepId, `member ${index}`);

/** The run of a member, whether it was submitted yet or not. */
export const memberRun = (sweepId: string, index: number): string =>
  runIdOf({ commandId: commandOf(sweepId, index) });

/**
 * Submits a member; one that was submitted before stays as it is.
 * @param trigger whose time is that of the submission, so that two schedulers that see it write the same bytes
 */
export async function submitMember(
  scheduler: Scheduler,
  sweep: StoredSweep,
  index: number,
  trigger: Pick<ProjectedEvent, 'metadata'>,
): Promise<void> {
  const { namespace, blueprint, space, pool, priority } = sweep.submitted;
  const { eventId, metadata } = sweep.submission;
  const { actor, correlationId, reason = '' } = metadata;
  const context: CommandContext = {
    ...{ commandId: commandOf(sweep.id, index), actor, reason, correlationId },
    ...{ causationId: eventId, receivedAt: trigger.metadata.recordedAt },
  };
  // Where a reactor begins again, all of them were.
  if ((await scheduler.runs.load(runStream(runIdOf(context)))).revision >= 0) return;
  await submitRun(
    scheduler,
    {
      ...{ namespace, priority, pool, reason: typeof reason === 'string' ? reason : '' },
      what: { $case: 'blueprint', value: `${blueprint.name}@${blueprint.version}` },
      overrides: canonicalBytes(membersOf(space).knobs(index)),
      sweep: { id: sweep.id, index },
    },
    context,
  );
}

/**
 * Tells every member that was submitted and is not over to end, for the reason the sweep is to.
 * @param cause the event that asked for it
 */
export async function cancelMembers(
  { runs }: Scheduler,
  sweep: StoredSweep,
  cause: Pick<ProjectedEvent, 'eventId' | 'metadata'>,
): Promise<void> {
  const { actor, reason, correlationId, recordedAt: at } = cause.metadata;
  const { members, window } = sweep.submitted;
  // After as many in a row as are open at a time that were never submitted, there are no later ones.
  for (let index = 0, absent = 0; index < members && absent < window; index++) {
    const stream = runStream(memberRun(sweep.id, index));
    const { status } = (await runs.load(stream)).state;
    absent = status === 'absent' ? absent + 1 : 0;
    if (status === 'absent' || isTerminal(status)) continue;
    const commandId = uuidV5(cause.eventId, `member ${index}`);
    const context = { commandId, actor, reason, correlationId, causationId: cause.eventId, receivedAt: at };
    await runs.execute(stream, { type: 'CancelRun', at }, context).catch((error: unknown) => {
      // It came to its own end meanwhile.
      if (!isDomainError(error) || error.code !== 'RUN_ENDED') throw error;
    });
  }
}
