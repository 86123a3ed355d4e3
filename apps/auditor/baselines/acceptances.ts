import type { EventStore } from '#event-store';
import { projectedEvent } from '#runtime';
import { baselineProjection, type BaselineDocument } from './baseline.projection.js';

/** Every acceptance of a baseline, newest first, each as it was when the next one came. */
export async function acceptancesOf(
  eventStore: EventStore,
  baseline: BaselineDocument,
): Promise<readonly BaselineDocument[]> {
  const acceptances = new Map<number, BaselineDocument>();
  let present: BaselineDocument | undefined;
  for await (const batch of eventStore.readStream(baseline.stream)) {
    for (const stored of batch) {
      present = baselineProjection.project(present, projectedEvent(stored, 0), baseline.id);
      if (present) acceptances.set(present.version, { ...present, tallies: baseline.tallies });
    }
  }
  return [...acceptances.values()].reverse();
}
