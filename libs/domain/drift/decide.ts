import { DomainError, streamId, type Decider, type StreamId } from '#kernel';
import { nameId } from '#evidence';
import type { DriftEvent } from './events.js';

/** Both are UUIDs: a run is compared with a baseline once. */
export const driftStream = (run: string, baseline: string): StreamId =>
  streamId('drift', nameId('drift', run, baseline));

/** What a comparison found is recorded once, as it is. */
export type DriftCommand = { readonly type: 'RecordComparison'; readonly outcome: DriftEvent };

export type DriftState =
  { readonly status: 'absent' } | { readonly status: 'recorded'; readonly outcome: DriftEvent };

export const drift: Decider<DriftCommand, DriftState, DriftEvent> = {
  initial: { status: 'absent' },
  decide({ outcome }, state) {
    if (state.status === 'absent') return [outcome];
    const { outcome: recorded } = state;
    if (recorded.type === outcome.type && recorded.baselineVersion === outcome.baselineVersion) return [];
    throw new DomainError('rule', 'COMPARISON_RECORDED', 'this run was already compared with this baseline');
  },
  evolve: (_state, event) => ({ status: 'recorded', outcome: event }),
};
