import type { View } from '#runtime';
import type { QueueDocument } from './queue.projection.js';

const pageSize = 1_000;

/** Every run that an executor holds, or one executor's. */
export async function heldRuns(
  queue: View<QueueDocument>,
  executor?: string,
): Promise<readonly QueueDocument[]> {
  const held: QueueDocument[] = [];
  const by = executor === undefined ? { prefix: '' } : { is: executor };
  for (;;) {
    const after = held.at(-1);
    const page = await queue.query({
      where: [{ field: 'executor', ...by }],
      sort: { field: 'executor', direction: 'asc' },
      limit: pageSize,
      ...(after === undefined ? {} : { after: { value: after.executor, id: after.id } }),
    });
    held.push(...page);
    if (page.length < pageSize) return held;
  }
}
