import { DomainError, streamId, type Decider, type Digest, type StreamId } from '#kernel';
import { nameId } from '#evidence';
import type { DataFormat } from '#domain/manifest';
import type { DatasetEvent } from './events.js';

export const datasetStream = (namespace: string, name: string): StreamId =>
  streamId('dataset', nameId('dataset', namespace, name));

/** One version, as something that is kept so long and may be disposed of. */
export const datasetVersionId = (namespace: string, name: string, number: number): string =>
  nameId('dataset-version', namespace, name, String(number));

export type DatasetCommand = { readonly type: 'AddDatasetVersion' } & Omit<DatasetEvent, 'type' | 'number'>;

export type DatasetState =
  | { readonly status: 'absent' }
  | {
      readonly status: 'present';
      readonly namespace: string;
      readonly name: string;
      /** By number, the first at index 0. */
      readonly versions: readonly { readonly digest: Digest; readonly format: DataFormat }[];
    };

/** A version is its bytes: the same bytes in the same format are the version that is there already. */
export const dataset: Decider<DatasetCommand, DatasetState, DatasetEvent> = {
  initial: { status: 'absent' },

  decide({ type: _, ...command }, state) {
    if (state.status === 'absent') return [{ type: 'DatasetVersionAdded', ...command, number: 1 }];
    const { namespace, name, versions } = state;
    if (namespace !== command.namespace || name !== command.name)
      throw new DomainError('rule', 'DATASET_RENAMED', `this stream is of ${namespace}/${name}`);
    const known = versions.some(
      ({ digest, format }) => digest === command.digest && format === command.format,
    );
    return known ? [] : [{ type: 'DatasetVersionAdded', ...command, number: versions.length + 1 }];
  },

  evolve(state, { namespace, name, digest, format }): DatasetState {
    const versions = state.status === 'absent' ? [] : state.versions;
    return { status: 'present', namespace, name, versions: [...versions, { digest, format }] };
  },
};
