import { streamUuid, type Digest, type Instant, type StreamId } from '#kernel';
import { baselineCodec, driftCodec } from '#contracts/stored';
import type { BaselineEvent } from '#domain/baseline';
import type { Document } from '#read-store';
import type { ProjectedEvent, Projection, Reason } from '#runtime';

/** A baseline as it was accepted last, with what runs were held against each acceptance; its id is its UUID. */
export interface BaselineDocument extends Document {
  readonly stream: StreamId;
  readonly namespace: string;
  readonly blueprint: string;
  readonly channel: string;
  readonly metric: string;
  /** Sorts by blueprint, metric, channel. */
  readonly order: string;
  readonly version: number;
  readonly runs: readonly { readonly run: string; readonly value: number }[];
  readonly reference: { readonly run: string; readonly manifest: Digest };
  readonly tolerance: { readonly abs: number; readonly rel: number };
  readonly reason: Reason;
  readonly acceptedAt: Instant;
  readonly retired: boolean;
  /** By version of the acceptance. */
  readonly tallies: { readonly [version: string]: { readonly compared: number; readonly drifted: number } };
}

export const baselineProjection: Projection<BaselineDocument> = {
  name: 'baselines',
  version: 1,
  kinds: ['baseline', 'drift'],
  indexes: [
    ['namespace', 'blueprint', 'order'],
    ['namespace', 'order'],
  ],
  ids: (event) => [event.kind === 'drift' ? driftOf(event).baseline : streamUuid(event.stream)],
  project(baseline, stored, id) {
    if (stored.kind === 'drift') return baseline && counted(baseline, stored);
    const event = baselineCodec.decode(stored.type, stored.bytes).event;
    if (event.type === 'BaselineAccepted') return accepted(event, stored, id, baseline?.tallies ?? {});
    return baseline && { ...baseline, retired: true };
  },
};

const driftOf = ({ type, bytes }: ProjectedEvent) => driftCodec.decode(type, bytes).event;

function accepted(
  event: Extract<BaselineEvent, { type: 'BaselineAccepted' }>,
  { stream, metadata }: ProjectedEvent,
  id: string,
  tallies: BaselineDocument['tallies'],
): BaselineDocument {
  const { namespace, blueprint, channel, metric, version, runs, reference, tolerance, at } = event;
  return {
    id,
    stream,
    namespace,
    blueprint,
    channel,
    metric,
    order: `${blueprint}:${metric}:${channel}`,
    version,
    runs,
    reference,
    tolerance,
    reason: metadata.reason ?? '',
    acceptedAt: at,
    retired: false,
    tallies,
  };
}

function counted(baseline: BaselineDocument, stored: ProjectedEvent): BaselineDocument {
  const version = String(driftOf(stored).baselineVersion);
  const { compared, drifted } = baseline.tallies[version] ?? { compared: 0, drifted: 0 };
  const tally = { compared: compared + 1, drifted: drifted + (stored.type === 'DriftDetected' ? 1 : 0) };
  return { ...baseline, tallies: { ...baseline.tallies, [version]: tally } };
}
