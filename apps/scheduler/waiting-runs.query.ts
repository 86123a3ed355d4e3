import type { View } from '#runtime';
import { laneOf, type QueueDocument } from './queue.projection.js';

/** Sorts after everything that begins with what stands before it. */
const last = '\u{10ffff}';
/** Runs looked at in each lane, so that losing a race leaves others to try. */
const headsOfLane = 8;
const pageSize = 1_000;

type Queue = View<QueueDocument>;

async function* lanes(queue: Queue, from: string, to: string, limit: number) {
  for (let place = from; ;) {
    const heads = await queue.query({
      where: [{ field: 'place', from: place, to }],
      sort: { field: 'place', direction: 'asc' },
      limit,
    });
    const lane = laneOf(heads[0]?.place ?? '');
    if (lane === '') return;
    yield heads.filter((head) => head.place?.startsWith(lane));
    place = `${lane}${last}`;
  }
}

/**
 * The oldest runs of each lane of a pool: whoever is next is among them. Goes from lane to lane by the index, so it takes as
 * long for ten runs as for ten thousand.
 */
export async function waitingRuns(queue: Queue, pool: string): Promise<readonly QueueDocument[]> {
  const found: QueueDocument[] = [];
  for await (const heads of lanes(queue, `${pool}/`, `${pool}/${last}`, headsOfLane)) found.push(...heads);
  return found;
}

export async function hasWork(queue: Queue, pool: string): Promise<boolean> {
  const [first] = await queue.query({
    where: [{ field: 'place', prefix: `${pool}/` }],
    sort: { field: 'place', direction: 'asc' },
    limit: 1,
  });
  return first !== undefined;
}

export async function poolsWithWork(queue: Queue): Promise<readonly string[]> {
  const pools: string[] = [];
  for (let from = ''; ;) {
    const [first] = await queue.query({
      where: [{ field: 'place', from, to: last }],
      sort: { field: 'place', direction: 'asc' },
      limit: 1,
    });
    if (first === undefined) return pools;
    pools.push(first.pool);
    from = `${first.pool}/${last}`;
  }
}

/** Every run that an executor holds, or one executor's. */
export async function heldRuns(queue: Queue, executor?: string): Promise<readonly QueueDocument[]> {
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
