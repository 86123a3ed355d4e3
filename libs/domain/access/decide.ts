import { DomainError, streamId, type Decider, type StreamId } from '#kernel';
import { nameId } from '#evidence';
import type { AccessEvent } from './events.js';

/** One stream for each call. */
export const accessStream = (commandId: string): StreamId => streamId('access', nameId('access', commandId));

/** What is to be recorded, said as the fact that it becomes. */
export type AccessCommand = { readonly type: 'Record'; readonly fact: AccessEvent };

export type AccessState =
  | { readonly status: 'absent' }
  | { readonly status: 'read' }
  /** A copy is on its way, or was cut off. */
  | { readonly status: 'exporting' }
  | { readonly status: 'exported'; readonly manifest: string };

const follows: Readonly<Record<AccessEvent['type'], AccessState['status']>> = {
  TrailRead: 'absent',
  TrailExportStarted: 'absent',
  TrailExported: 'exporting',
};

/** A reading is said before anything is given out; an export before and, with the digest of what was given, after. */
export const access: Decider<AccessCommand, AccessState, AccessEvent> = {
  initial: { status: 'absent' },
  decide({ fact }, state) {
    if (state.status === follows[fact.type]) return [fact];
    throw new DomainError(
      'already-exists',
      'IDEMPOTENCY_KEY_REUSED',
      'this idempotency key was used for another reading; take a new one',
    );
  },
  evolve(_, event): AccessState {
    switch (event.type) {
      case 'TrailRead':
        return { status: 'read' };
      case 'TrailExportStarted':
        return { status: 'exporting' };
      case 'TrailExported':
        return { status: 'exported', manifest: event.manifest };
    }
  },
};
