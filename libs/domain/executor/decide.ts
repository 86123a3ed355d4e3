import { DomainError, streamId, type Decider, type Instant, type StreamId } from '#kernel';
import type { ExecutorEvent, ExecutorFacts, ExecutorMode } from './events.js';

export const executorStream = (id: string): StreamId => streamId('executor', id);

export type ExecutorCommand =
  | { readonly type: 'JoinPool'; readonly facts: ExecutorFacts; readonly at: Instant }
  | { readonly type: 'LeavePool'; readonly at: Instant }
  | { readonly type: 'SetMode'; readonly mode: ExecutorMode; readonly at: Instant }
  | { readonly type: 'Scale'; readonly slots: number | null; readonly at: Instant };

export type ExecutorState =
  | { readonly status: 'absent' }
  | {
      readonly status: 'joined' | 'left';
      readonly mode: ExecutorMode;
      readonly facts: ExecutorFacts;
      /** Instead of its own; null for its own. */
      readonly scaledTo: number | null;
    };

/** Attempts that it is to run at once. */
export const slotsOf = ({ facts, scaledTo }: Exclude<ExecutorState, { status: 'absent' }>): number =>
  scaledTo ?? facts.slots;

export const executor: Decider<ExecutorCommand, ExecutorState, ExecutorEvent> = {
  initial: { status: 'absent' },

  decide(command, state) {
    switch (command.type) {
      case 'JoinPool':
        return [{ type: 'ExecutorJoined', ...command.facts, mode: modeAfterJoining(state), at: command.at }];
      case 'LeavePool':
        return state.status === 'joined' ? [{ type: 'ExecutorLeft', at: command.at }] : [];
      case 'SetMode':
        return setMode(command.mode, command.at, state);
      case 'Scale':
        return scale(command.slots, command.at, state);
    }
  },

  evolve(state, event): ExecutorState {
    switch (event.type) {
      case 'ExecutorJoined': {
        const { type: _, mode, at: __, ...facts } = event;
        return { status: 'joined', mode, facts, scaledTo: state.status === 'absent' ? null : state.scaledTo };
      }
      case 'ExecutorLeft':
        return state.status === 'absent' ? state : { ...state, status: 'left' };
      case 'ExecutorModeChanged':
        return state.status === 'absent' ? state : { ...state, mode: event.mode };
      case 'ExecutorScaled':
        return state.status === 'absent' ? state : { ...state, scaledTo: event.slots };
    }
  },
};

/** A cordon is about the machine and stays; a drain was about the process that is gone. */
const modeAfterJoining = (state: ExecutorState): ExecutorMode =>
  state.status !== 'absent' && state.mode === 'cordoned' ? 'cordoned' : 'active';

function setMode(mode: ExecutorMode, at: Instant, state: ExecutorState): ExecutorEvent[] {
  if (state.status === 'absent') throw notFound();
  return state.mode === mode ? [] : [{ type: 'ExecutorModeChanged', mode, at }];
}

function scale(slots: number | null, at: Instant, state: ExecutorState): ExecutorEvent[] {
  if (state.status === 'absent') throw notFound();
  return state.scaledTo === slots ? [] : [{ type: 'ExecutorScaled', slots, at }];
}

const notFound = () =>
  new DomainError(
    'not-found',
    'EXECUTOR_NOT_FOUND',
    'there is no such executor; `holdfast executors` shows what there is',
  );
