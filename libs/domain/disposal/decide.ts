import { DomainError, streamId, type Decider, type Digest, type Instant, type StreamId } from '#kernel';
import { datasetVersionId } from '#domain/dataset';
import { labelOf, type SubjectFacts } from '#domain/retention';
import type { ArtifactsDisposed, DisposalEvent } from './events.js';

/** @param id of `SubjectFacts` */
export const disposalStream = (id: string): StreamId => streamId('disposal', id);

/** What a tombstone is of, as far as it says so itself. */
export function subjectOf({ run, dataset, namespace, blueprint }: ArtifactsDisposed): SubjectFacts {
  if (dataset !== undefined)
    return { id: datasetVersionId(namespace, dataset.name, dataset.number), namespace, dataset };
  return { id: run ?? '', namespace, ...(blueprint === undefined ? {} : { blueprint }) };
}

export type DisposalCommand =
  | { readonly type: 'Dispose'; readonly tombstone: ArtifactsDisposed }
  | {
      readonly type: 'FinishDisposal';
      readonly blobs: number;
      readonly bytes: number;
      readonly left: number;
      readonly at: Instant;
    }
  | {
      readonly type: 'WithdrawDisposal';
      readonly hold?: StreamId;
      readonly gone: readonly Digest[];
      readonly at: Instant;
    };

export type DisposalState =
  | { readonly status: 'absent' }
  | { readonly status: 'open'; readonly tombstone: ArtifactsDisposed }
  | { readonly status: 'withdrawn'; readonly tombstone: ArtifactsDisposed; readonly hold?: StreamId }
  | { readonly status: 'finished'; readonly tombstone: ArtifactsDisposed; readonly left: number };

/** First the tombstone, then the bytes, then that they are gone; or that a hold came before they went. */
export const disposal: Decider<DisposalCommand, DisposalState, DisposalEvent> = {
  initial: { status: 'absent' },

  decide(command, state) {
    switch (command.type) {
      case 'Dispose':
        if (state.status !== 'open') return [command.tombstone];
        if (isSame(command.tombstone, state.tombstone)) return [];
        throw new DomainError(
          'conflict',
          'DISPOSAL_UNDER_WAY',
          `${labelOf(subjectOf(command.tombstone))} is being disposed of; try again when that has ended`,
        );
      case 'FinishDisposal': {
        const { blobs, bytes, left, at } = command;
        // Also when it was withdrawn meanwhile: what has gone is said to be gone.
        if (state.status !== 'open' && state.status !== 'withdrawn') return [];
        return [{ type: 'DisposalFinished', blobs, bytes, left, at }];
      }
      case 'WithdrawDisposal': {
        const { hold, gone, at } = command;
        if (state.status !== 'open') return [];
        return [{ type: 'DisposalWithdrawn', ...(hold === undefined ? {} : { hold }), gone, at }];
      }
    }
  },

  evolve(state, event): DisposalState {
    if (event.type === 'ArtifactsDisposed') return { status: 'open', tombstone: event };
    if (state.status === 'absent') return state;
    const { tombstone } = state;
    if (event.type === 'DisposalFinished') return { status: 'finished', tombstone, left: event.left };
    return { status: 'withdrawn', tombstone, ...(event.hold === undefined ? {} : { hold: event.hold }) };
  },
};

const isSame = (a: ArtifactsDisposed, b: ArtifactsDisposed): boolean =>
  a.part === b.part && a.authority === b.authority && String(digests(a)) === String(digests(b));
const digests = ({ blobs }: ArtifactsDisposed): readonly Digest[] => blobs.map(({ digest }) => digest);
