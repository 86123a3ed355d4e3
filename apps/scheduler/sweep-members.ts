import { isDomainError } from '#kernel';
import { canonicalBytes, uuidV5 } from '#evidence';
import { isTerminal, runStream } from '#domain/run';
import { membersOf } from '#domain/sweep';
import type { CommandContext } from '#runtime';
import type { StoredSweep } from './read-sweep.js';
import type { Scheduler } from './scheduler.js';
import { runIdOf, submitRun } from './submit-run.js';

/** One member is one command, so however often it is submitted there is one run of it. */
const commandOf = (sweepId: string, index: number): string => uuidV5(sweepId, `member ${index}`);

/** The run of a member, whether it was submitted yet or not. */
export const memberRun = (sweepId: string, index: number): string =>
  runIdOf({ commandId: commandOf(sweepId, index) });

/** Submits a member; one that was submitted before stays as it is. */
export async function submitMember(scheduler: Scheduler, sweep: StoredSweep, index: number): Promise<void> {
  const { namespace, blueprint, space, pool, priority } = sweep.submitted;
  const { eventId, metadata } = sweep.submission;
  const { actor, correlationId, reason = '' } = metadata;
  const context: CommandContext = {
    ...{ commandId: commandOf(sweep.id, index), actor, reason, correlationId },
    ...{ causationId: eventId, receivedAt: scheduler.clock.now() },
  };
  await submitRun(
    scheduler,
    {
      ...{ namespace, reason, priority, pool },
      what: { $case: 'blueprint', value: `${blueprint.name}@${blueprint.version}` },
      overrides: canonicalBytes(membersOf(space).knobs(index)),
      sweep: { id: sweep.id, index },
    },
    context,
  );
}

/**
 * Tells every member that was submitted and is not over to end, for the reason the sweep is to.
 * @param window how many members are open at most: so many that were never submitted, in a row, and there are no later ones
 * @param cause the event that asked for it
 */
export async function cancelMembers(
  { runs, clock }: Scheduler,
  sweep: StoredSweep,
  window: number,
  cause: { readonly eventId: string; readonly metadata: StoredSweep['submission']['metadata'] },
): Promise<void> {
  const { actor, reason, correlationId } = cause.metadata;
  for (let index = 0, absent = 0; index < sweep.submitted.members && absent < window; index++) {
    const stream = runStream(memberRun(sweep.id, index));
    const { status } = (await runs.load(stream)).state;
    absent = status === 'absent' ? absent + 1 : 0;
    if (status === 'absent' || isTerminal(status)) continue;
    const at = clock.now();
    const commandId = uuidV5(cause.eventId, `member ${index}`);
    const context = { commandId, actor, reason, correlationId, causationId: cause.eventId, receivedAt: at };
    await runs.execute(stream, { type: 'CancelRun', at }, context).catch((error: unknown) => {
      // It came to its own end meanwhile.
      if (!isDomainError(error) || error.code !== 'RUN_ENDED') throw error;
    });
  }
}
