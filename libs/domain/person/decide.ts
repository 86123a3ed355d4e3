import { DomainError, streamId, type Decider, type Instant, type StreamId } from '#kernel';
import type { PersonEvent } from './events.js';

export const personStream = (pseudonym: string): StreamId => streamId('person', pseudonym);

export type PersonCommand =
  | { readonly type: 'NamePerson'; readonly at: Instant }
  | { readonly type: 'ErasePerson'; readonly authority: string; readonly at: Instant };

export type PersonState = { readonly status: 'absent' | 'named' | 'erased' };

export const person: Decider<PersonCommand, PersonState, PersonEvent> = {
  initial: { status: 'absent' },
  decide(command, { status }) {
    if (command.type === 'ErasePerson')
      return status === 'erased'
        ? []
        : [{ type: 'PersonErased', authority: command.authority, at: command.at }];
    if (status !== 'erased') return [{ type: 'PersonNamed', at: command.at }];
    const message = 'this person was erased: nobody is named by that pseudonym again';
    throw new DomainError('rule', 'PERSON_ERASED', message);
  },
  evolve(state, { type }) {
    if (type === 'PersonErased' || state.status === 'erased') return { status: 'erased' };
    return { status: 'named' };
  },
};
