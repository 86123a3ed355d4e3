import { DomainError, streamId, type Decider, type Instant, type StreamId } from '#kernel';
import type { SweepEvent } from './events.js';

type Submitted = Extract<SweepEvent, { type: 'SweepSubmitted' }>;

export const sweepStream = (id: string): StreamId => streamId('sweep', id);

export type SweepCommand =
  | (Omit<Submitted, 'type' | 'submittedAt'> & { readonly type: 'SubmitSweep'; readonly at: Instant })
  | { readonly type: 'CancelSweep'; readonly at: Instant }
  /** Every open member was told to end. */
  | { readonly type: 'ConcludeCancel'; readonly at: Instant };

export type SweepState =
  | { readonly status: 'absent' }
  | { readonly status: 'open' | 'cancelling' | 'cancelled'; readonly submitted: Submitted };

export const sweep: Decider<SweepCommand, SweepState, SweepEvent> = {
  initial: { status: 'absent' },

  decide(command, state) {
    switch (command.type) {
      case 'SubmitSweep':
        return submit(command, state);
      case 'CancelSweep':
        return present(state).status === 'open' ? [{ type: 'SweepCancelRequested', at: command.at }] : [];
      case 'ConcludeCancel':
        return conclude(command.at, present(state));
    }
  },

  evolve(state, event): SweepState {
    switch (event.type) {
      case 'SweepSubmitted':
        return { status: 'open', submitted: event };
      case 'SweepCancelRequested':
        return state.status === 'absent' ? state : { ...state, status: 'cancelling' };
      case 'SweepCancelled':
        return state.status === 'absent' ? state : { ...state, status: 'cancelled' };
    }
  },
};

function submit(
  { at, ...command }: Extract<SweepCommand, { type: 'SubmitSweep' }>,
  state: SweepState,
): SweepEvent[] {
  if (state.status === 'absent') return [{ ...command, type: 'SweepSubmitted', submittedAt: at }];
  if (state.submitted.requestDigest === command.requestDigest) return [];
  const message = 'this idempotency key was used for another sweep';
  throw new DomainError('already-exists', 'IDEMPOTENCY_KEY_REUSED', message);
}

function conclude(at: Instant, { status }: Present): SweepEvent[] {
  if (status === 'cancelled') return [];
  if (status === 'cancelling') return [{ type: 'SweepCancelled', at }];
  throw new DomainError('rule', 'SWEEP_NOT_CANCELLED', 'nobody asked to cancel this sweep');
}

type Present = Exclude<SweepState, { status: 'absent' }>;

function present(state: SweepState): Present {
  if (state.status !== 'absent') return state;
  throw new DomainError(
    'not-found',
    'SWEEP_NOT_FOUND',
    'there is no such sweep; `holdfast sweeps` lists them',
  );
}
