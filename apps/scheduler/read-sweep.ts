import { DomainError, type StreamId } from '#kernel';
import { sweepCodec, type EventMetadata } from '#contracts/stored';
import { sweep, sweepStream, type SweepEvent, type SweepState } from '#domain/sweep';
import type { EventStore, Position } from '#event-store';

/** A sweep as its stream tells it. */
export interface StoredSweep {
  readonly id: string;
  readonly stream: StreamId;
  readonly status: Exclude<SweepState['status'], 'absent'>;
  readonly submitted: Extract<SweepEvent, { type: 'SweepSubmitted' }>;
  /** The cause of every member. */
  readonly submission: { readonly eventId: string; readonly metadata: EventMetadata };
  /** Of its last event; absent before it is recorded. */
  readonly position?: Position;
}

/** @throws SWEEP_NOT_FOUND */
export async function readSweep(eventStore: EventStore, id: string): Promise<StoredSweep> {
  const stream = sweepStream(id);
  let state: SweepState = sweep.initial;
  let submission: StoredSweep['submission'] | undefined;
  let last: Position | undefined;
  for await (const batch of eventStore.readStream(stream)) {
    for (const { type, bytes, eventId, position } of batch) {
      const { event, metadata } = sweepCodec.decode(type, bytes);
      state = sweep.evolve(state, event);
      submission ??= { eventId, metadata };
      last = position;
    }
  }
  if (state.status === 'absent' || submission === undefined || last === undefined) throw sweepNotFound();
  return { id, stream, status: state.status, submitted: state.submitted, submission, position: last };
}

export const sweepNotFound = (): DomainError =>
  new DomainError('not-found', 'SWEEP_NOT_FOUND', 'there is no such sweep; `holdfast sweeps` lists them');
