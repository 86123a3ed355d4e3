import { driftStream } from '#domain/drift';
import type { StreamId } from '#kernel';
import { positionToken, type ServiceRuntime, type View } from '#runtime';
import type { BaselineDocument } from '../baselines/baseline.projection.js';
import { acceptedThen, type Accepted } from './accepted-then.js';
import type { RunFacts } from './run-facts.js';

/** One baseline that a run is held against. */
export interface HeldAgainst {
  /** Its UUID. */
  readonly baseline: string;
  readonly accepted: Accepted;
  /** Where the comparison is recorded. */
  readonly recording: StreamId;
}

const mostBaselines = 1000;

/**
 * What a completed run is held against: every baseline of its blueprint's name that was accepted before it completed. Repeats are
 * held against none (provenance judges them), and no run against a baseline that it is itself a part of.
 */
export async function heldAgainst(
  runtime: ServiceRuntime,
  baselines: View<BaselineDocument>,
  run: RunFacts,
  signal: AbortSignal,
): Promise<readonly HeldAgainst[]> {
  if (run.repeat) return [];
  await runtime.reached({ minPosition: positionToken(run.position), projections: ['baselines'], signal });
  const where = [
    { field: 'namespace', is: run.namespace },
    { field: 'blueprint', is: run.blueprint },
  ];
  const found: HeldAgainst[] = [];
  for (const { id: baseline, stream } of await baselines.query({ where, limit: mostBaselines })) {
    const accepted = await acceptedThen(runtime.engines.eventStore, stream, run.position, signal);
    if (accepted === undefined || accepted.runs.some((one) => one.run === run.id)) continue;
    found.push({ baseline, accepted, recording: driftStream(run.id, baseline) });
  }
  return found;
}
