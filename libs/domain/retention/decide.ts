import { DomainError, streamId, type Decider, type Instant, type StreamId } from '#kernel';
import { nameId } from '#evidence';
import type { ArtifactKind, KeptFor, RetentionEvent } from './events.js';

/** What nobody has put in a class is kept for ever. It is always there and never changes. */
export const forEver = 'for-ever';

export const classStream = (name: string): StreamId =>
  streamId('retention', nameId('retention', 'class', name));
export const assignmentStream = (subject: StreamId): StreamId =>
  streamId('retention', nameId('retention', 'subject', subject));

export type RetentionCommand =
  | {
      readonly type: 'DeclareClass';
      readonly name: string;
      readonly artifacts: readonly ArtifactKind[];
      readonly keepForDays: KeptFor;
      readonly authority: string;
      readonly at: Instant;
    }
  | {
      readonly type: 'AssignClass';
      readonly subject: StreamId;
      readonly label: string;
      readonly class: string;
      readonly at: Instant;
    };

export type RetentionState =
  | { readonly status: 'absent' }
  | { readonly status: 'class'; readonly artifacts: readonly ArtifactKind[]; readonly keepForDays: KeptFor }
  | { readonly status: 'assigned'; readonly class: string };

export const retention: Decider<RetentionCommand, RetentionState, RetentionEvent> = {
  initial: { status: 'absent' },

  decide(command, state) {
    if (command.type === 'DeclareClass') return declare(command, state);
    const { subject, label, at } = command;
    if (state.status === 'assigned' && state.class === command.class) return [];
    return [{ type: 'RetentionAssigned', subject, label, class: command.class, at }];
  },

  evolve(state, event): RetentionState {
    switch (event.type) {
      case 'RetentionClassDeclared':
        return { status: 'class', artifacts: event.artifacts, keepForDays: event.keepForDays };
      case 'RetentionLengthened':
      case 'RetentionShortened':
        return state.status === 'class' ? { ...state, keepForDays: event.keepForDays } : state;
      case 'RetentionAssigned':
        return { status: 'assigned', class: event.class };
    }
  },
};

/** The kinds that a class disposes of are fixed, so that a change is either longer or shorter. */
function declare(
  { name, artifacts, keepForDays, authority, at }: Extract<RetentionCommand, { type: 'DeclareClass' }>,
  state: RetentionState,
): RetentionEvent[] {
  if (state.status !== 'class')
    return [{ type: 'RetentionClassDeclared', name, artifacts, keepForDays, authority, at }];
  if (artifacts.toSorted().join() !== state.artifacts.toSorted().join())
    throw new DomainError(
      'rule',
      'RETENTION_ARTIFACTS_FIXED',
      `class ${name} is of ${state.artifacts.join(', ')}; declare another class for ${artifacts.join(', ')}`,
    );
  if (keepForDays === state.keepForDays) return [];
  const longer = (keepForDays ?? Infinity) > (state.keepForDays ?? Infinity);
  const type = longer ? 'RetentionLengthened' : 'RetentionShortened';
  return [{ type, name, keepForDays, authority, at }];
}
