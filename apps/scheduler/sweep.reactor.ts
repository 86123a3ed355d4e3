import { streamUuid } from '#kernel';
import { uuidV5 } from '#evidence';
import type { ProjectedEvent, Reactor } from '#runtime';
import { readSweep } from './read-sweep.js';
import type { Scheduler } from './scheduler.js';
import { cancelMembers, submitMember } from './sweep-members.js';

/** Members of one sweep that are open at a time: enough for a large pool, too few to bury the queue. */
export const openMembers = 256;

/**
 * Submits the members of sweeps, so many at a time: the first ones when the sweep is submitted, and when member i ends, member
 * i + window. Nothing is remembered: each submission follows from one event, and is the same however often the event is seen.
 */
export const sweepReactor = (scheduler: Scheduler, window = openMembers): Reactor => ({
  name: 'sweeps',
  kinds: ['sweep', 'run'],
  types: [
    'SweepSubmitted',
    'SweepCancelRequested',
    'RunRejected',
    'RunCompleted',
    'RunFailed',
    'RunCancelled',
  ],
  async handle(event, signal) {
    switch (event.type) {
      case 'SweepSubmitted':
        return submitMembers(scheduler, streamUuid(event.stream), 0, window, signal);
      case 'SweepCancelRequested':
        return cancelSweep(scheduler, event, window);
      default: {
        const { sweep } = event.data as { readonly sweep?: { readonly id: string; readonly index: number } };
        if (sweep === undefined) return;
        return submitMembers(scheduler, sweep.id, sweep.index + window, sweep.index + window + 1, signal);
      }
    }
  },
});

/** Members from `from` up to `to`, as long as nobody wants the sweep to stop. */
async function submitMembers(
  scheduler: Scheduler,
  id: string,
  from: number,
  to: number,
  signal: AbortSignal,
) {
  const { eventStore } = scheduler.runtime.engines;
  for (let index = from; index < to; index++) {
    signal.throwIfAborted();
    const sweep = await readSweep(eventStore, id);
    if (sweep.status !== 'open' || index >= sweep.submitted.members) return;
    await submitMember(scheduler, sweep, index);
  }
}

/** Members are submitted only here, one event at a time: after this none will follow. */
async function cancelSweep(scheduler: Scheduler, event: ProjectedEvent, window: number): Promise<void> {
  const { runtime, sweeps, clock } = scheduler;
  const { stream, eventId, metadata } = event;
  const sweep = await readSweep(runtime.engines.eventStore, streamUuid(stream));
  await cancelMembers(scheduler, sweep, window, event);
  const at = clock.now();
  const { actor, reason, correlationId } = metadata;
  const context = {
    ...{ commandId: uuidV5(eventId, 'concluded'), actor, reason, correlationId },
    ...{ causationId: eventId, receivedAt: at },
  };
  await sweeps.execute(stream, { type: 'ConcludeCancel', at }, context);
}
