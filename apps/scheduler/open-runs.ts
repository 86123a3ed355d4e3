import type { Instant } from '#kernel';
import type { ProjectedEvent } from '#runtime';
import { laneOf, queueProjection, type QueueDocument } from './queue.projection.js';

/** Runs that are not over, in memory: what is asked for every claim, without a question to a store. */
export interface OpenRuns {
  /** What the queue's read model holds. */
  begin(documents: readonly QueueDocument[]): void;
  /** An event of a run, by the fold of the read model; one that was taken before changes nothing. */
  take(event: ProjectedEvent): void;
  get(run: string): QueueDocument | undefined;
  /** The oldest runs of each lane of a pool: whoever is next is among them. */
  waiting(pool: string): readonly QueueDocument[];
  hasWork(pool: string): boolean;
  /** Runs that wait, in every pool: all, or those of a namespace. */
  waitingCount(namespace?: string): number;
  /** Pools with work. */
  pools(): readonly string[];
  /** Every pool that ever had a run here. */
  byPool(): ReadonlyMap<string, PoolTotals>;
  /** When a run began to wait; undefined for one that does not. */
  waitingSince(run: string): Instant | undefined;
  /** Every run that an executor holds, or one executor's. */
  held(executor?: string): readonly QueueDocument[];
}

/** What there is of one pool. */
export interface PoolTotals {
  readonly waiting: number;
  readonly held: number;
  /** When the one that waits longest began to. */
  readonly oldest: Instant | undefined;
}
type Counted = { -readonly [K in keyof PoolTotals]: PoolTotals[K] };
const noRuns = (): Counted => ({ waiting: 0, held: 0, oldest: undefined });

interface Entry {
  readonly run: QueueDocument;
  /** When it began to wait, or was submitted. */
  readonly since: Instant;
  /** Of the newest event that is in it; −1 when only the read model knows. */
  readonly revision: number;
}
/** Sorted by recorded order only when somebody asks: a queue that is read comes in the order of ids, and may be long. */
interface InOrder {
  runs: Map<string, QueueDocument>;
  isSorted: boolean;
}
interface Lane {
  readonly first: InOrder;
  /** What is repeated and so stands before what came meanwhile: apart, for it is few among many. */
  readonly again: InOrder;
  /** The highest order that was ever in it. */
  newest: number;
}

/** Runs looked at in each lane, so that losing a race leaves others to try. */
const headsOfLane = 8;
/** Recorded order goes on behind everything that the read model has numbered. */
const firstOrder = 100_000_000_000;

export function openOpenRuns(): OpenRuns {
  const entries = new Map<string, Entry>();
  /** By pool, then lane, then recorded order. */
  const lanes = new Map<string, Map<string, Lane>>();
  const waitingIn = new Map<string, number>();
  let waitingTotal = 0;
  const heldBy = new Map<string, Map<string, QueueDocument>>();
  const pools = new Set<string>();
  let nextOrder = firstOrder;
  let lastKept: QueueDocument | undefined;

  function count(namespace: string, more: 1 | -1): void {
    waitingTotal += more;
    const now = (waitingIn.get(namespace) ?? 0) + more;
    if (now === 0) waitingIn.delete(namespace);
    else waitingIn.set(namespace, now);
  }

  function remove({ id, namespace, pool, place, executor }: QueueDocument): void {
    if (place !== null) {
      count(namespace, -1);
      const ofPool = lanes.get(pool);
      const lane = ofPool?.get(laneOf(place));
      lane?.first.runs.delete(id);
      lane?.again.runs.delete(id);
      if (lane?.first.runs.size === 0 && lane.again.runs.size === 0) ofPool?.delete(laneOf(place));
      if (ofPool?.size === 0) lanes.delete(pool);
    } else if (executor !== null) {
      const own = heldBy.get(executor);
      own?.delete(id);
      if (own?.size === 0) heldBy.delete(executor);
    }
  }

  function add(run: QueueDocument, isNews: boolean): void {
    const { id, namespace, pool, place, executor } = run;
    if (place !== null) {
      count(namespace, 1);
      const ofPool = lanes.get(pool) ?? new Map<string, Lane>();
      const lane = ofPool.get(laneOf(place)) ?? { first: inOrder(), again: inOrder(), newest: -1 };
      insert(lane, run, isNews);
      lanes.set(pool, ofPool.set(laneOf(place), lane));
    } else if (executor !== null) {
      heldBy.set(executor, (heldBy.get(executor) ?? new Map<string, QueueDocument>()).set(id, run));
    }
  }

  function put(id: string, run: QueueDocument | undefined, revision: number, at?: Instant): void {
    const known = entries.get(id);
    const before = known?.run;
    if (before !== undefined) remove(before);
    if (run === undefined) return void entries.delete(id);
    const goesOn = before !== undefined && (before.place === null) === (run.place === null);
    const kept = keptLike(run, lastKept);
    lastKept = kept;
    entries.set(id, { run: kept, revision, since: (goesOn ? known?.since : at) ?? run.submittedAt });
    pools.add(run.pool);
    add(kept, revision >= 0);
  }

  return {
    begin(documents) {
      for (const run of documents) put(run.id, run, -1);
    },
    take(event) {
      const [id = ''] = queueProjection.ids(event);
      const known = entries.get(id);
      if ((known?.revision ?? -1) >= event.revision) return;
      if (known === undefined && event.type !== 'RunSubmitted') return;
      const index = known?.run.order ?? nextOrder++;
      const run = queueProjection.project(known?.run, { ...event, index }, id);
      put(id, run, event.revision, event.metadata.recordedAt);
    },
    get: (run) => entries.get(run)?.run,
    waiting: (pool) =>
      [...(lanes.get(pool)?.values() ?? [])].flatMap(({ first, again }) =>
        [...heads(again), ...heads(first)].sort((a, b) => a.order - b.order).slice(0, headsOfLane),
      ),
    hasWork: (pool) => lanes.has(pool),
    waitingCount: (namespace) => (namespace === undefined ? waitingTotal : (waitingIn.get(namespace) ?? 0)),
    pools: () => [...lanes.keys()],
    byPool() {
      const totals = new Map([...pools].map((pool) => [pool, noRuns()]));
      for (const { run, since } of entries.values()) {
        const ofPool = totals.get(run.pool) as Counted;
        if (run.place === null) ofPool.held += run.executor === null ? 0 : 1;
        else {
          ofPool.waiting++;
          if (ofPool.oldest === undefined || since < ofPool.oldest) ofPool.oldest = since;
        }
      }
      return totals;
    },
    waitingSince(run) {
      const entry = entries.get(run);
      return entry?.run.place === null ? undefined : entry?.since;
    },
    held: (executor) =>
      executor === undefined
        ? [...heldBy.values()].flatMap((own) => [...own.values()])
        : [...(heldBy.get(executor)?.values() ?? [])],
  };
}

/**
 * In one piece, and with what it has in common with another there once: text that was parsed is a string of its own each time, and a
 * hundred thousand runs are half as large so.
 */
function keptLike(run: QueueDocument, other = run): QueueDocument {
  const { id, place, pool, namespace, priority, order, submittedAt, epoch, executor, cause } = run;
  const sameNeeds = JSON.stringify(run.placement) === JSON.stringify(other.placement);
  return {
    id,
    place,
    pool,
    namespace,
    priority,
    order,
    submittedAt: same(submittedAt, other.submittedAt),
    placement: sameNeeds ? other.placement : run.placement,
    manifest: same(run.manifest, other.manifest),
    reproducibilityKey: same(run.reproducibilityKey, other.reproducibilityKey),
    correlationId: same(run.correlationId, other.correlationId),
    epoch,
    executor,
    cause,
  };
}

const same = <T extends string>(text: T, other: T): T => (text === other ? other : text);

const inOrder = (): InOrder => ({ runs: new Map(), isSorted: true });

/** A new run is the last of its lane; one that is repeated keeps its place. */
function insert(lane: Lane, run: QueueDocument, isNews: boolean): void {
  const isLast = run.order >= lane.newest;
  if (isLast) lane.newest = run.order;
  const to = isLast || !isNews ? lane.first : lane.again;
  to.runs.set(run.id, run);
  if (!isLast) to.isSorted = false;
}

function heads(lane: InOrder): readonly QueueDocument[] {
  if (!lane.isSorted) lane.runs = new Map([...lane.runs].sort(([, a], [, b]) => a.order - b.order));
  lane.isSorted = true;
  return [...lane.runs.values().take(headsOfLane)];
}
