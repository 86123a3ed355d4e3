import { streamUuid, type Digest } from '#kernel';
import { runCodec } from '#contracts/stored';
import type { RunEvent } from '#domain/run';
import type { Document } from '#read-store';
import type { ProjectedEvent, Projection } from '#runtime';

/** A run as baselines need it; its id is the run's UUID. */
export interface RunDocument extends Document {
  readonly namespace: string;
  /** Name of the blueprint, without namespace and version. */
  readonly blueprint: string;
  /** Counts all events of runs: newer runs have a greater one. */
  readonly order: number;
  readonly status: 'submitted' | 'admitted' | 'completed' | 'rejected' | 'failed' | 'cancelled';
  /** A reproduction or a perturbation of another run. */
  readonly repeat: boolean;
  readonly manifest: Digest | null;
  readonly key: Digest | null;
  readonly metrics: readonly { readonly name: string; readonly value: number }[];
}

export const runsProjection: Projection<RunDocument> = {
  name: 'runs',
  version: 1,
  kinds: ['run'],
  restMs: 100,
  indexes: [['namespace', 'blueprint', 'order'], ['namespace', 'order'], 'order'],
  ids: ({ stream }) => [streamUuid(stream)],
  starts: ({ type }) => type === 'RunSubmitted',
  project(run, stored, id) {
    const event = runEventOf(stored);
    if (event.type === 'RunSubmitted') return submitted(event, stored.index, id);
    return run && { ...run, ...change(event) };
  },
};

export const runEventOf = ({ type, bytes }: Pick<ProjectedEvent, 'type' | 'bytes'>): RunEvent =>
  runCodec.decode(type, bytes).event;

/** `species` of `penguins/species`. */
export const bareName = (blueprint: string): string => blueprint.slice(blueprint.indexOf('/') + 1);

function submitted(
  { namespace, blueprint, reproductionOf }: Extract<RunEvent, { type: 'RunSubmitted' }>,
  order: number,
  id: string,
): RunDocument {
  return {
    id,
    namespace,
    blueprint: bareName(blueprint.name),
    order,
    status: 'submitted',
    repeat: reproductionOf !== undefined,
    manifest: null,
    key: null,
    metrics: [],
  };
}

type Change = Partial<Pick<RunDocument, 'status' | 'manifest' | 'key' | 'metrics'>>;

function change(event: RunEvent): Change {
  switch (event.type) {
    case 'RunAdmitted':
      return { status: 'admitted', manifest: event.manifest, key: event.reproducibilityKey };
    case 'RunRejected':
      return { status: 'rejected' };
    case 'RunCompleted':
      return {
        status: 'completed',
        metrics: event.metrics.map(({ name, value }) => ({ name, value })),
      };
    case 'RunFailed':
      return { status: 'failed' };
    case 'RunCancelled':
      return { status: 'cancelled' };
    default:
      return {};
  }
}
