import { DomainError, type Decider } from '#kernel';
import type { DriftEvent } from './events.js';

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
