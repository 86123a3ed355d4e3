import { instanceId, type StepInstance } from '#domain/manifest';

/** How a step instance ended; undefined: it was stopped before it began. */
export type Run<Result> = (instance: StepInstance, signal: AbortSignal) => Promise<Result | undefined>;

/**
 * Runs step instances, each as soon as all it needs has completed, so as many at once as the graph allows. The first that fails
 * stops those that run and keeps others from beginning; so does the signal. An exception of `run` stops all and is thrown when
 * nothing runs any more.
 * @returns results by instance id, of those that began
 */
export async function runSteps<Result extends { readonly failed: boolean }>(
  order: readonly StepInstance[],
  run: Run<Result>,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Result>> {
  const results = new Map<string, Result>();
  const stop = new AbortController();
  const either = AbortSignal.any([stop.signal, signal]);
  const errors: unknown[] = [];
  const waiting = new Map(order.map((instance) => [instance.id, new Set(instance.needs)]));
  const followers = Map.groupBy(
    order.flatMap(({ id, needs }) => needs.map((need) => ({ id, need }))),
    ({ need }) => need,
  );
  const byId = new Map(order.map((instance) => [instance.id, instance]));

  const start = async (instance: StepInstance): Promise<void> => {
    if (either.aborted) return;
    try {
      const result = await run(instance, either);
      if (result === undefined) return;
      results.set(instance.id, result);
      if (result.failed) return stop.abort(instance);
    } catch (error) {
      errors.push(error);
      return stop.abort(instance);
    }
    const ready: StepInstance[] = [];
    for (const { id, need } of followers.get(instance.id) ?? []) {
      const left = waiting.get(id);
      if (left?.delete(need) && left.size === 0) ready.push(byId.get(id) as StepInstance);
    }
    await Promise.all(ready.map(start));
  };

  await Promise.all(order.filter(({ needs }) => needs.length === 0).map(start));
  if (errors.length > 0) throw errors[0];
  return results;
}

/** The instance that stopped the others, when it was one that did. */
export const stoppedBy = (signal: AbortSignal): string | undefined => {
  const instance = signal.reason as Partial<StepInstance> | undefined;
  return instance?.step === undefined ? undefined : instanceId(instance.step, instance.fold ?? null);
};
