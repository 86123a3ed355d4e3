import { DomainError, streamId, type Decider, type Instant, type StreamId } from '#kernel';
import { nameId } from '#evidence';
import { maxDigests, type ArtifactEvent, type CollectionResult, type ScrubResult } from './events.js';

/** The stream of what one command did to the store. */
export const artifactStream = (commandId: string): StreamId =>
  streamId('artifact', nameId('artifact', commandId));

export type ArtifactCommand =
  | { readonly type: 'StartCollection'; readonly olderThanMs: number; readonly at: Instant }
  | { readonly type: 'FinishCollection'; readonly result: CollectionResult; readonly at: Instant }
  | { readonly type: 'RecordScrub'; readonly result: ScrubResult; readonly at: Instant };

export type ArtifactState =
  | { readonly status: 'absent' }
  | { readonly status: 'collecting'; readonly olderThanMs: number }
  | { readonly status: 'collected'; readonly olderThanMs: number; readonly result: CollectionResult }
  | { readonly status: 'scrubbed' };

/** Says that bytes will go before they go, and which went; a collection that was cut off is gone on with. */
export const artifact: Decider<ArtifactCommand, ArtifactState, ArtifactEvent> = {
  initial: { status: 'absent' },

  decide(command, state) {
    switch (command.type) {
      case 'StartCollection':
        return start(command, state);
      case 'FinishCollection': {
        const { result, at } = command;
        if (state.status === 'collected') return [];
        if (state.status !== 'collecting')
          throw new DomainError('rule', 'COLLECTION_NOT_STARTED', 'this collection was never started');
        return [{ type: 'CollectionFinished', ...result, digests: result.digests.slice(0, maxDigests), at }];
      }
      case 'RecordScrub': {
        const { result, at } = command;
        if (state.status === 'scrubbed') return [];
        if (state.status !== 'absent') throw otherUse();
        const { corrupt, missing, restored } = result;
        return [
          {
            ...({ type: 'ScrubFinished', ...result } as const),
            corrupt: corrupt.slice(0, maxDigests),
            missing: missing.slice(0, maxDigests),
            ...(restored === undefined ? {} : { restored: restored.slice(0, maxDigests) }),
            at,
          },
        ];
      }
    }
  },

  evolve(state, event): ArtifactState {
    switch (event.type) {
      case 'CollectionStarted':
        return { status: 'collecting', olderThanMs: event.olderThanMs };
      case 'CollectionFinished': {
        const { type: _, at: __, ...result } = event;
        const olderThanMs = state.status === 'collecting' ? state.olderThanMs : 0;
        return { status: 'collected', olderThanMs, result };
      }
      case 'ScrubFinished':
        return { status: 'scrubbed' };
    }
  },
};

function start(
  { olderThanMs, at }: Extract<ArtifactCommand, { type: 'StartCollection' }>,
  state: ArtifactState,
): ArtifactEvent[] {
  if (state.status === 'absent') return [{ type: 'CollectionStarted', olderThanMs, at }];
  if (state.status !== 'scrubbed' && state.olderThanMs === olderThanMs) return [];
  throw otherUse();
}

const otherUse = (): DomainError =>
  new DomainError(
    'already-exists',
    'IDEMPOTENCY_KEY_REUSED',
    'this idempotency key was used for another request; take a new one',
  );
