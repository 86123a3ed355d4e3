import { streamId, type Clock } from '#kernel';
import { nameId } from '#evidence';
import type { DriftCommand, DriftEvent, DriftState } from '#domain/drift';
import type { CommandHandler, Reactor, ServiceRuntime, View } from '#runtime';
import type { BaselineDocument } from '../baselines/baseline.projection.js';
import { openDataComparison } from './compare-data.js';
import { compareRun } from './compare-run.js';
import { heldAgainst } from './held-against.js';
import { runFacts } from './run-facts.js';

export interface DriftReactorOptions {
  readonly runtime: ServiceRuntime;
  readonly baselines: View<BaselineDocument>;
  readonly drifts: CommandHandler<DriftCommand, DriftState, DriftEvent>;
  readonly clock: Clock;
}

const auditor = { id: nameId('service', 'auditor'), type: 'service', roles: [] } as const;

/** Holds every run that completes against its baselines, once. */
export function driftReactor({ runtime, baselines, drifts, clock }: DriftReactorOptions): Reactor {
  const { eventStore, artifacts } = runtime.engines;
  const compareData = openDataComparison(artifacts);
  return {
    name: 'drift',
    kinds: ['run'],
    types: ['RunCompleted'],
    ...{ atOnce: 8, restMs: 50 },
    async handle({ stream, revision, eventId, metadata }, signal) {
      const run = await runFacts(eventStore, stream, signal, revision);
      if (run === undefined) return;
      for (const { baseline, accepted, recording } of await heldAgainst(runtime, baselines, run, signal)) {
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
