import { DomainError } from '#kernel';
import { sweepStream } from '#domain/sweep';
import { positionToken, type CommandContext } from '#runtime';
import type { Scheduler } from './scheduler.js';

/**
 * Records that a sweep is to stop; its reactor tells the members.
 * @throws SWEEP_NOT_FOUND, SWEEP_ENDED
 */
export async function cancelSweep(
  { sweeps, views }: Scheduler,
  id: string,
  context: CommandContext,
): Promise<string> {
  const { status } = (await views.sweeps.get(id)) ?? {};
  if (status === 'completed') {
    const message = 'every member of this sweep is over: nothing is left to cancel';
    throw new DomainError('rule', 'SWEEP_ENDED', message);
  }
  const command = { type: 'CancelSweep', at: context.receivedAt } as const;
  const { position } = await sweeps.execute(sweepStream(id), command, context);
  return positionToken(position);
}
