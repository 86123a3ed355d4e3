import { DomainError, streamId, type Decider, type Instant, type StreamId } from '#kernel';
import { nameId } from '#evidence';
import type { HoldEvent } from './events.js';

/** One stream for each hold: two of the same subject are released apart. */
export const holdStream = (commandId: string): StreamId => streamId('hold', nameId('hold', commandId));

export type HoldCommand =
  | {
      readonly type: 'PlaceHold';
      readonly subject: StreamId;
      readonly label?: string;
      readonly authority: string;
      readonly at: Instant;
    }
  | { readonly type: 'ReleaseHold'; readonly authority: string; readonly at: Instant };

export type HoldState =
  | { readonly status: 'absent' }
  | { readonly status: 'held' | 'released'; readonly subject: StreamId; readonly authority: string };

export const hold: Decider<HoldCommand, HoldState, HoldEvent> = {
  initial: { status: 'absent' },
  decide(command, state) {
    const { authority, at } = command;
    if (command.type === 'ReleaseHold') {
      if (state.status === 'absent')
        throw new DomainError('not-found', 'HOLD_NOT_FOUND', 'there is no such hold');
      return state.status === 'released' ? [] : [{ type: 'HoldReleased', authority, at }];
    }
    const { subject, label } = command;
    if (state.status === 'absent')
      return [{ type: 'HoldPlaced', subject, ...(label === undefined ? {} : { label }), authority, at }];
    if (state.subject === subject && state.authority === authority) return [];
    throw new DomainError(
      'already-exists',
      'IDEMPOTENCY_KEY_REUSED',
      'this idempotency key was used for another hold; take a new one',
    );
  },
  evolve(state, event) {
    if (event.type === 'HoldPlaced')
      return { status: 'held', subject: event.subject, authority: event.authority };
    return state.status === 'absent' ? state : { ...state, status: 'released' };
  },
};
