import type { scheduler } from '#contracts';
import { pageSize, type CallContext } from '#platform';
import { positionToken } from '#runtime';
import { toExecutor } from './executor.mapper.js';
import type { ExecutorDocument } from './executor.projection.js';
import type { Scheduler } from './scheduler.js';
import { heldRuns } from './held-runs.query.js';

/** One page of executors by id, of one pool or of all. */
export async function listExecutors(
  scheduler: Scheduler,
  { pool, pageSize: size, pageToken }: scheduler.ListExecutorsRequest,
  context: CallContext,
): Promise<scheduler.ListExecutorsResponse> {
  const { runtime, views } = scheduler;
  const where = pool === undefined || pool === '' ? [] : [{ field: 'pool', is: pool }];
  const page = { where, pageSize: pageSize(size), pageToken };
  await scheduler.present.whenReady(context);
  const minPosition = context.minPosition ?? positionToken(await runtime.engines.eventStore.head());
  await runtime.reached({ ...context, minPosition, projections: ['executors', 'queue'] });
  const { items, nextPageToken } = await views.executors.page(page);
  return { executors: await withPresent(scheduler, items), nextPageToken };
}

/** Executors with what is true of them now. */
export async function withPresent(
  { views, leases, config }: Scheduler,
  executors: readonly ExecutorDocument[],
): Promise<scheduler.ExecutorInfo[]> {
  const held = await heldRuns(views.queue);
  return executors.map((executor) =>
    toExecutor(executor, {
      silent: leases.silentForMs(executor.id) > config.leaseTtlMs,
      busy: held.filter((run) => run.executor === executor.id).length,
    }),
  );
}
