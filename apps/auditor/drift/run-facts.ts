import { streamUuid, type Digest, type StreamId } from '#kernel';
import type { Metric, RunEvent } from '#domain/run';
import type { EventStore, Position } from '#event-store';
import { bareName, runEventOf } from '../runs.projection.js';

/** A completed run as its own history tells of it. */
export interface RunFacts {
  readonly id: string;
  readonly namespace: string;
  readonly blueprint: string;
  /** A reproduction or a perturbation. */
  readonly repeat: boolean;
  readonly manifest: Digest;
  /** Of the attempt that completed it. */
  readonly fingerprint?: Digest;
  readonly sections: Readonly<Record<string, Digest>>;
  readonly metrics: readonly Metric[];
  readonly events: readonly RunEvent[];
  /** Where its completion stands in the store. */
  readonly position: Position;
}

/** Undefined for a run that is not completed. @param upTo the revision of its completion, where that is known */
export async function runFacts(
  eventStore: EventStore,
  stream: StreamId,
  signal: AbortSignal,
  upTo = Infinity,
): Promise<RunFacts | undefined> {
  const events: RunEvent[] = [];
  let position: Position | undefined;
  for await (const batch of eventStore.readStream(stream, { signal, limit: upTo + 1 })) {
    for (const stored of batch) {
      const event = runEventOf(stored);
      events.push(event);
      if (event.type === 'RunCompleted') position = stored.position;
    }
  }
  const submitted = last(events, 'RunSubmitted');
  const admitted = last(events, 'RunAdmitted');
  const completed = last(events, 'RunCompleted');
  if (!submitted || !admitted || !completed || position === undefined) return undefined;
  const started = last(events, 'RunStarted');
  return {
    id: streamUuid(stream),
    namespace: submitted.namespace,
    blueprint: bareName(submitted.blueprint.name),
    repeat: submitted.reproductionOf !== undefined,
    manifest: admitted.manifest,
    ...(started ? { fingerprint: started.fingerprint } : {}),
    sections: started?.sections ?? {},
    metrics: completed.metrics,
    events,
    position,
  };
}

type Of<Type extends RunEvent['type']> = Extract<RunEvent, { type: Type }>;

const last = <Type extends RunEvent['type']>(events: readonly RunEvent[], type: Type) =>
  events.findLast((event): event is Of<Type> => event.type === type);
