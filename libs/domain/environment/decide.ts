import { assertNoProblems, DomainError, streamId, type Decider, type Instant, type StreamId } from '#kernel';
import { canonicalize, nameId } from '#evidence';
import { checkEnvironment, pinnedEnvironment, type EnvironmentDeclaration } from './declaration.js';
import type { EnvironmentEvent } from './events.js';

export const environmentStream = (namespace: string, name: string): StreamId =>
  streamId('environment', nameId('environment', namespace, name));

export type EnvironmentCommand = {
  readonly type: 'RegisterEnvironment';
  readonly namespace: string;
  readonly declaration: EnvironmentDeclaration;
  readonly at: Instant;
};

export type EnvironmentState =
  | { readonly status: 'absent' }
  | {
      readonly status: 'registered';
      readonly namespace: string;
      /** By number, the first at index 0. */
      readonly versions: readonly EnvironmentDeclaration[];
    };

export const environment: Decider<EnvironmentCommand, EnvironmentState, EnvironmentEvent> = {
  initial: { status: 'absent' },

  decide({ namespace, declaration, at }, state) {
    assertNoProblems(checkEnvironment(declaration).problems, 'ENVIRONMENT_INVALID');
    if (state.status === 'absent')
      return [{ type: 'EnvironmentRegistered', namespace, declaration, number: 1, at }];
    const { versions } = state;
    const current = versions.at(-1);
    if (current?.environment !== declaration.environment || namespace !== state.namespace)
      throw new DomainError('rule', 'ENVIRONMENT_RENAMED', `this stream is of ${current?.environment}`);
    if (canonicalize(current) === canonicalize(declaration)) return [];
    if (sameContent(current, declaration))
      return [{ type: 'EnvironmentDescribed', declaration, number: versions.length, at }];
    return [{ type: 'EnvironmentRegistered', namespace, declaration, number: versions.length + 1, at }];
  },

  evolve(state, event): EnvironmentState {
    const versions = state.status === 'absent' ? [] : state.versions;
    switch (event.type) {
      case 'EnvironmentRegistered':
        return {
          status: 'registered',
          namespace: event.namespace,
          versions: [...versions, event.declaration],
        };
      case 'EnvironmentDescribed':
        if (state.status === 'absent') return state;
        return {
          ...state,
          versions: versions.map((was, index) => (index === event.number - 1 ? event.declaration : was)),
        };
    }
  },
};

const sameContent = (a: EnvironmentDeclaration, b: EnvironmentDeclaration): boolean =>
  a.architecture === b.architecture &&
  canonicalize(pinnedEnvironment(a)) === canonicalize(pinnedEnvironment(b));
