import { assertNoProblems, DomainError, streamId, type Decider, type Instant, type StreamId } from '#kernel';
import { canonicalize, nameId } from '#evidence';
import { checkKnob, type KnobDeclaration } from './declaration.js';
import type { KnobEvent } from './events.js';

export const knobStream = (namespace: string, name: string): StreamId =>
  streamId('knob', nameId('knob', namespace, name));

export type KnobCommand =
  /** Declares it, revises it when it is there, brings it back when it was retired. */
  | {
      readonly type: 'DeclareKnob';
      readonly namespace: string;
      readonly declaration: KnobDeclaration;
      readonly at: Instant;
    }
  | { readonly type: 'RetireKnob'; readonly at: Instant };

export type KnobState =
  | { readonly status: 'absent' }
  | {
      readonly status: 'declared' | 'retired';
      readonly namespace: string;
      readonly declaration: KnobDeclaration;
      readonly revision: number;
    };

export const knob: Decider<KnobCommand, KnobState, KnobEvent> = {
  initial: { status: 'absent' },

  decide(command, state) {
    return command.type === 'DeclareKnob' ? declare(command, state) : retire(command.at, state);
  },

  evolve(state, event): KnobState {
    switch (event.type) {
      case 'KnobDeclared': {
        const { namespace, declaration, revision } = event;
        return { status: 'declared', namespace, declaration, revision };
      }
      case 'KnobRevised':
        if (state.status === 'absent') return state;
        return { ...state, declaration: event.declaration, revision: event.revision };
      case 'KnobRetired':
        return state.status === 'absent' ? state : { ...state, status: 'retired' };
    }
  },
};

function declare(command: Extract<KnobCommand, { type: 'DeclareKnob' }>, state: KnobState): KnobEvent[] {
  const { namespace, declaration, at } = command;
  assertNoProblems(checkKnob(declaration).problems, 'KNOB_INVALID');
  if (state.status !== 'declared') {
    const revision = state.status === 'absent' ? 1 : state.revision + 1;
    return [{ type: 'KnobDeclared', namespace, declaration, revision, at }];
  }
  const { declaration: current, revision } = state;
  if (declaration.knob !== current.knob || namespace !== state.namespace)
    throw new DomainError('rule', 'KNOB_RENAMED', `this stream is of the knob ${current.knob}`);
  if (canonicalize(declaration) === canonicalize(current)) return [];
  const widened = current.type === 'integer' && declaration.type === 'number';
  if (declaration.type !== current.type && !widened) {
    const message = `${current.knob} is of type ${current.type}: blueprints that set it rely on that; declare another knob, or retire this one first`;
    throw new DomainError('rule', 'KNOB_TYPE_CHANGED', message);
  }
  return [{ type: 'KnobRevised', declaration, revision: revision + 1, at }];
}

function retire(at: Instant, state: KnobState): KnobEvent[] {
  if (state.status === 'absent')
    throw new DomainError(
      'not-found',
      'KNOB_NOT_FOUND',
      'there is no such knob; `holdfast knob list` shows what there is',
    );
  return state.status === 'retired' ? [] : [{ type: 'KnobRetired', revision: state.revision, at }];
}
