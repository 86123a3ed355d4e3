import type { Manifest } from '#domain/manifest';
import { stepOrder } from '#domain/manifest';
import type { RunEvent } from '#domain/run';
import type { RunResult, StepResult } from './results.js';
import { instance } from './results.js';

/** What a run left behind: the steps of its last attempt in DAG order. Empty steps for a run that never started. */
export function resultOf(events: Iterable<RunEvent>, manifest: Pick<Manifest, 'pinned'>): RunResult {
  const steps = new Map<string, StepResult>();
  let metrics: RunResult['metrics'] = [];
  for (const event of events) {
    if (event.type === 'RunClaimed') steps.clear();
    if (event.type === 'StepCompleted') {
      const { step, fold, outputs, summary } = event;
      steps.set(instance(step, fold), { step, fold, outputs, summary, metrics: event.metrics.digest });
    }
    if (event.type === 'RunCompleted') metrics = event.metrics;
  }
  const ordered = stepOrder(manifest).flatMap(({ step, fold }) => steps.get(instance(step, fold)) ?? []);
  return { steps: ordered, metrics };
}
