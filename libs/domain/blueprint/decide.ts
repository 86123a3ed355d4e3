import { DomainError, streamId, type Decider, type Digest, type Instant, type StreamId } from '#kernel';
import { nameId } from '#evidence';
import type { BlobRef } from '#domain/run';
import type { BlueprintEvent } from './events.js';

export const blueprintStream = (namespace: string, name: string): StreamId =>
  streamId('blueprint', nameId('blueprint', namespace, name));

export type BlueprintCommand = {
  readonly type: 'DeclareBlueprintVersion';
  readonly namespace: string;
  readonly name: string;
  readonly version: Digest;
  readonly document: BlobRef;
  readonly lock: BlobRef;
  readonly source?: BlobRef;
  readonly why: string;
  readonly at: Instant;
};

export type BlueprintState =
  | { readonly status: 'absent' }
  | {
      readonly status: 'declared';
      readonly namespace: string;
      readonly name: string;
      /** In the order of their numbers, the first at index 0. */
      readonly versions: readonly DeclaredVersion[];
    };
type DeclaredVersion = { readonly version: Digest; readonly document: Digest; readonly lock: Digest };

export const blueprint: Decider<BlueprintCommand, BlueprintState, BlueprintEvent> = {
  initial: { status: 'absent' },

  decide({ type: _, ...command }, state) {
    const versions = state.status === 'absent' ? [] : state.versions;
    if (
      state.status === 'declared' &&
      (state.namespace !== command.namespace || state.name !== command.name)
    ) {
      const message = `this stream is of ${state.namespace}/${state.name}`;
      throw new DomainError('rule', 'BLUEPRINT_RENAMED', message);
    }
    const known = versions.find(({ version }) => version === command.version);
    if (known === undefined) {
      const previous = versions.at(-1)?.version ?? null;
      return [{ type: 'BlueprintVersionDeclared', ...command, number: versions.length + 1, previous }];
    }
    if (known.document === command.document.digest) return [];
    throw new DomainError(
      'integrity',
      'BLUEPRINT_VERSION_DIFFERS',
      `${known.version} is of another document`,
    );
  },

  evolve(state, event): BlueprintState {
    const { namespace, name, version, document, lock } = event;
    const before = state.status === 'absent' ? [] : state.versions;
    const declared = { version, document: document.digest, lock: lock.digest };
    return { status: 'declared', namespace, name, versions: [...before, declared] };
  },
};
