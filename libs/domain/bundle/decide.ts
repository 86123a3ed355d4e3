import { DomainError, type Decider } from '#kernel';
import type { BundleEvent } from './events.js';

export type BundleCommand = { readonly type: 'RecordBundle'; readonly bundle: BundleEvent };

export type BundleState =
  { readonly status: 'absent' } | { readonly status: 'sealed'; readonly bundle: BundleEvent };

/** A run has one bundle, whoever seals or brings it; the same core again changes nothing. */
export const bundle: Decider<BundleCommand, BundleState, BundleEvent> = {
  initial: { status: 'absent' },
  decide({ bundle: given }, state) {
    if (state.status === 'absent') return [given];
    if (state.bundle.core === given.core) return [];
    throw new DomainError(
      'already-exists',
      'BUNDLE_EXISTS',
      `run ${given.run} has another bundle here already`,
      {
        facts: { core: state.bundle.core },
      },
    );
  },
  evolve: (_state, event) => ({ status: 'sealed', bundle: event }),
};
