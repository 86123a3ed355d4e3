import { streamUuid } from '#kernel';
import { uuidV5 } from '#evidence';
import type { ProjectedEvent, Reactor } from '#runtime';
import { readSweep } from './read-sweep.js';
import type { Scheduler } from './scheduler.js';
import { cancelMembers, submitMember } from './sweep-members.js';

const queueReadMs = 10_000;

/**
 * Submits the members of sweeps, so many at a time: the first ones when the sweep is submitted, and when member i ends, member
 * i + window. Nothing is remembered: each submission follows from one event, and is the same however often the event is seen.
 */
export const sweepReactor = (scheduler: Scheduler): Reactor => ({
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
    // Before it is known who waits, nothing can be submitted, and what would be asked of the registry is asked in vain.
    await scheduler.present.whenReady({ deadlineMs: queueReadMs, signal });
    switch (event.type) {
      case 'SweepSubmitted':
        return submitFirst(scheduler, event, signal);
      case 'SweepCancelRequested':
        return cancelSweep(scheduler, event);
      default:
        return submitNext(scheduler, event);
    }
  },
});

async function submitFirst(scheduler: Scheduler, event: ProjectedEvent, signal: AbortSignal): Promise<void> {
  const { eventStore } = scheduler.runtime.engines;
  const id = streamUuid(event.stream);
  for (let index = 0; ; index++) {
    signal.throwIfAborted();
    // Read again each time: somebody may have had enough meanwhile.
    const sweep = await readSweep(eventStore, id);
    const { members, window } = sweep.submitted;
    if (sweep.status !== 'open' || index >= Math.min(members, window)) return;
    await submitMember(scheduler, sweep, index, event);
  }
}

async function submitNext(scheduler: Scheduler, event: ProjectedEvent): Promise<void> {
  const { sweep: ended } = event.data as { readonly sweep?: { readonly id: string; readonly index: number } };
  if (ended === undefined) return;
  const sweep = await readSweep(scheduler.runtime.engines.eventStore, ended.id);
  const index = ended.index + sweep.submitted.window;
  if (sweep.status !== 'open' || index >= sweep.submitted.members) return;
  await submitMember(scheduler, sweep, index, event);
}

/** Members are submitted only here, one event at a time: after this none will follow. */
async function cancelSweep(scheduler: Scheduler, event: ProjectedEvent): Promise<void> {
  const { runtime, sweeps } = scheduler;
  const { stream, eventId, metadata } = event;
  await cancelMembers(scheduler, await readSweep(runtime.engines.eventStore, streamUuid(stream)), event);
  const { actor, reason, correlationId, recordedAt: at } = metadata;
  const context = {
    ...{ commandId: uuidV5(eventId, 'concluded'), actor, reason, correlationId },
    ...{ causationId: eventId, receivedAt: at },
  };
  await sweeps.execute(stream, { type: 'ConcludeCancel', at }, context);
}
