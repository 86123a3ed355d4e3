import { streamUuid, type Instant, type JsonObject, type StreamId } from '#kernel';
import { uuidV5 } from '#evidence';
import { driftCodec } from '#contracts/stored';
import type { DriftFinding, Suspect } from '#domain/drift';
import type { Document } from '#read-store';
import type { ProjectedEvent, Projection } from '#runtime';

/** One finding of one comparison. */
export interface DriftDocument extends Document {
  readonly stream: StreamId;
  readonly namespace: string;
  readonly blueprint: string;
  readonly run: string;
  readonly baseline: string;
  /** Sorted downwards: newest comparison first, within one in the order of its findings. */
  readonly order: string;
  readonly finding: DriftFinding & JsonObject;
  readonly suspects: readonly (Suspect & JsonObject)[];
  readonly detectedAt: Instant;
}

const mostFindings = 1000;

export const driftProjection: Projection<DriftDocument> = {
  name: 'drifts',
  version: 1,
  kinds: ['drift'],
  indexes: [['run', 'order'], ['namespace', 'blueprint', 'order'], ['namespace', 'order'], 'order'],
  ids(stored) {
    const event = driftOf(stored);
    if (event.type === 'BaselineHeld') return [];
    return event.findings.map((_, i) => findingId(stored.stream, i));
  },
  project(_, stored, id) {
    const event = driftOf(stored);
    if (event.type === 'BaselineHeld') return undefined;
    const { namespace, blueprint, run, baseline, findings, suspects, at } = event;
    const number = findings.findIndex((_, i) => findingId(stored.stream, i) === id);
    const finding = findings[number] as DriftFinding;
    return {
      id,
      stream: stored.stream,
      namespace,
      blueprint,
      run,
      baseline,
      order: `${String(stored.index).padStart(12, '0')}.${String(mostFindings - number).padStart(4, '0')}`,
      finding,
      suspects: suspects.filter((suspect) => explains(suspect, finding)),
      detectedAt: at,
    };
  },
};

/** The same for ever: a UUIDv5 of the comparison's and the place in it. */
export const findingId = (stream: StreamId, number: number): string =>
  uuidV5(streamUuid(stream), String(number));

/** Anything may explain a result; other findings are explained by what is of their own kind. */
const explains = ({ area }: Suspect, { kind }: DriftFinding): boolean => kind === 'result' || kind === area;

const driftOf = ({ type, bytes }: ProjectedEvent) => driftCodec.decode(type, bytes).event;
