import { DomainError, type Decider, type Digest, type Instant } from '#kernel';
import type { Difference, Verdict } from '#domain/comparison';
import { maxDifferences, type ReproductionEvent } from './events.js';

export type ReproductionCommand =
  | {
      readonly type: 'StartReproduction';
      readonly namespace: string;
      readonly originalRun: string;
      readonly repeatedRun: string;
      readonly manifest: Digest;
      readonly at: Instant;
    }
  | {
      readonly type: 'ConcludeReproduction';
      readonly verdict: Verdict | 'not-run';
      readonly differences: readonly Difference[];
      readonly remarks: readonly string[];
      readonly at: Instant;
    };

export type ReproductionState =
  | { readonly status: 'absent' }
  | { readonly status: 'running'; readonly originalRun: string; readonly repeatedRun: string }
  | {
      readonly status: 'concluded';
      readonly originalRun: string;
      readonly repeatedRun: string;
      readonly verdict: Verdict | 'not-run';
    };

type Command<Type extends ReproductionCommand['type']> = Extract<ReproductionCommand, { type: Type }>;

export const reproduction: Decider<ReproductionCommand, ReproductionState, ReproductionEvent> = {
  initial: { status: 'absent' },

  decide(command, state) {
    return command.type === 'StartReproduction' ? start(command, state) : conclude(command, state);
  },

  evolve(state, event): ReproductionState {
    switch (event.type) {
      case 'ReproductionStarted':
        return { status: 'running', originalRun: event.originalRun, repeatedRun: event.repeatedRun };
      case 'ReproductionConcluded':
        return state.status === 'absent' ? state : { ...state, status: 'concluded', verdict: event.verdict };
    }
  },
};

function start(command: Command<'StartReproduction'>, state: ReproductionState): ReproductionEvent[] {
  if (state.status === 'absent') return [{ ...command, type: 'ReproductionStarted' }];
  const same = state.originalRun === command.originalRun && state.repeatedRun === command.repeatedRun;
  if (same) return [];
  throw new DomainError('already-exists', 'REPRODUCTION_EXISTS', 'this reproduction is of another run');
}

function conclude(command: Command<'ConcludeReproduction'>, state: ReproductionState): ReproductionEvent[] {
  if (state.status === 'absent') {
    throw new DomainError('not-found', 'REPRODUCTION_NOT_FOUND', 'this reproduction was never started');
  }
  if (state.status === 'concluded') {
    if (state.verdict === command.verdict) return [];
    throw new DomainError('rule', 'REPRODUCTION_CONCLUDED', `the verdict is already ${state.verdict}`);
  }
  return [
    {
      type: 'ReproductionConcluded',
      verdict: command.verdict,
      differences: command.differences.slice(0, maxDifferences),
      differencesTotal: command.differences.length,
      remarks: command.remarks,
      at: command.at,
    },
  ];
}
