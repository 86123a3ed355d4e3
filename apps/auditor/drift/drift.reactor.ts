import { streamId, type Clock } from '#kernel';
import { nameId } from '#evidence';
import { driftStream, type DriftCommand, type DriftEvent, type DriftState } from '#domain/drift';
import { positionToken, type CommandHandler, type Reactor, type ServiceRuntime, type View } from '#runtime';
import type { BaselineDocument } from '../baselines/baseline.projection.js';
import { acceptedThen } from './accepted-then.js';
import { openDataComparison } from './compare-data.js';
import { compareRun } from './compare-run.js';
import { runFacts, type RunFacts } from './run-facts.js';

export interface DriftReactorOptions {
  readonly runtime: ServiceRuntime;
  readonly baselines: View<BaselineDocument>;
  readonly drifts: CommandHandler<DriftCommand, DriftState, DriftEvent>;
  readonly clock: Clock;
}

const auditor = { id: nameId('service', 'auditor'), type: 'service', roles: [] } as const;
const mostBaselines = 1000;

/**
 * A completed run is held against every baseline of its blueprint's name that was accepted before it completed. Repeats are not
 * (provenance judges them), nor are runs that are among the accepted ones.
 */
export function driftReactor({ runtime, baselines, drifts, clock }: DriftReactorOptions): Reactor {
  const { eventStore, artifacts } = runtime.engines;
  const compareData = openDataComparison(artifacts);

  async function candidates({ namespace, blueprint, position }: RunFacts, signal: AbortSignal) {
    await runtime.reached({ minPosition: positionToken(position), projections: ['baselines'], signal });
    const where = [
      { field: 'namespace', is: namespace },
      { field: 'blueprint', is: blueprint },
    ];
    return baselines.query({ where, limit: mostBaselines });
  }

  return {
    name: 'drift',
    kinds: ['run'],
    types: ['RunCompleted'],
    async handle({ stream, eventId, metadata }, signal) {
      const run = await runFacts(eventStore, stream, signal);
      if (run === undefined || run.repeat) return;
      for (const { id: baseline, stream: accepting } of await candidates(run, signal)) {
        const accepted = await acceptedThen(eventStore, accepting, run.position, signal);
        if (accepted === undefined || accepted.runs.some((one) => one.run === run.id)) continue;
        const recording = driftStream(run.id, baseline);
        if ((await drifts.load(recording)).state.status === 'recorded') continue;
        const reference = await runFacts(eventStore, streamId('run', accepted.reference.run), signal);
        if (reference === undefined) throw new Error(`run ${accepted.reference.run} is not completed`);
        const at = clock.now();
        const comparison = { baseline, accepted, reference, run, at };
        const outcome = await compareRun(artifacts, compareData, comparison, signal);
        await drifts.execute(
          recording,
          { type: 'RecordComparison', outcome },
          {
            commandId: nameId('comparison', run.id, baseline),
            actor: auditor,
            correlationId: metadata.correlationId,
            causationId: eventId,
            receivedAt: at,
          },
        );
      }
    },
  };
}
