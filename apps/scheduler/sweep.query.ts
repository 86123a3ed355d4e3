import type { SweepMemberDocument } from './sweep-member.projection.js';
import type { Scheduler } from './scheduler.js';

const pageSize = 1000;

/** The run of each member that was submitted, by index. */
export async function memberRuns(
  { sweepMembers }: Scheduler['views'],
  sweep: string,
): Promise<ReadonlyMap<number, string>> {
  const runs = new Map<number, string>();
  const where = [{ field: 'sweep', is: sweep }];
  for (let last: SweepMemberDocument | undefined; ;) {
    const after = last ? { after: { value: last.index, id: last.id } } : {};
    const page = await sweepMembers.query({
      where,
      sort: { field: 'index', direction: 'asc' },
      limit: pageSize,
      ...after,
    });
    for (const { index, run } of page) runs.set(index, run);
    last = page.at(-1);
    if (page.length < pageSize) return runs;
  }
}
