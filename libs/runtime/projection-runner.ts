import { DomainError, isDomainError, type Clock } from '#kernel';
import { createDigester, canonicalBytes } from '#evidence';
import type { EventStore, Position, StoredEvent } from '#event-store';
import type { Checkpoint, Document, Lease, ReadStore } from '#read-store';
import { compareCollections, foldInto, batchEvents, type Comparison } from './fold-into.js';
import { activate, activeGeneration, collectionOf, dropOthers, type Generation } from './generation.js';
import { openGate } from './gate.js';
import { openWatermark } from './watermark.js';
import { openView, type View } from './view.js';
import type { Projection } from './projection.js';
import { asOneWriter } from './writer-lease.js';

export type RunnerState =
  'starting' | 'catching-up' | 'live' | 'rebuilding' | 'following' | 'failed' | 'closed';

export interface RunnerStatus {
  readonly name: string;
  readonly version: number;
  readonly generation: number;
  readonly state: RunnerState;
  /** Events folded in. */
  readonly events: number;
  readonly documents: number;
  readonly error?: string;
}

export interface RebuildResult extends Comparison {
  /** Over the canonical documents in id order, one a line. */
  readonly digest: string;
}

export interface ProjectionRunner<Doc extends Document> {
  readonly projection: Projection<Doc>;
  readonly view: View<Doc>;
  /** True while queries may be answered from here. */
  ready(): boolean;
  status(): Promise<RunnerStatus>;
  /**
   * Resolves when everything up to `position` is folded in.
   * @throws NOT_CAUGHT_UP (timeout) at the deadline
   */
  waitFor(position: Position, deadlineMs: number, signal?: AbortSignal): Promise<void>;
  /**
   * Builds the model again from the first event with the same code, beside the present one, which goes on answering;
   * then compares the two at the same position and swaps.
   * @throws REBUILD_RUNNING when one is under way; NOT_THE_WRITER when another instance writes this model
   */
  rebuild(onProgress?: (events: number) => void): Promise<RebuildResult>;
  close(): Promise<void>;
}

export interface RunnerOptions<Doc extends Document> {
  readonly projection: Projection<Doc>;
  readonly eventStore: EventStore;
  readonly readStore: ReadStore;
  readonly clock: Clock;
  /** Names this instance in leases. */
  readonly owner: string;
  readonly onError?: (error: unknown) => void;
}

const longestBackoffMs = 5000;
const followEveryMs = 250;

/** Keeps one read model up to date from the event store, for as long as it is open. */
export function startProjection<Doc extends Document>(options: RunnerOptions<Doc>): ProjectionRunner<Doc> {
  const { eventStore, readStore, clock, owner } = options;
  const projection = options.projection as unknown as Projection;
  const { name, version, kinds } = projection;
  const filter = kinds ? { kinds } : {};
  const ended = new AbortController();
  const gate = openGate();
  const watermark = openWatermark(eventStore.comparePositions.bind(eventStore), clock);
  let state: RunnerState = 'starting';
  let failure: string | undefined;
  let active: Generation | undefined;
  let checkpoint: Checkpoint | undefined;
  let writing: Lease | undefined;
  let rebuilding = false;
  /** Ends the live subscription so that it starts again on the collection that is active then. */
  let restart = new AbortController();

  const collection = async (): Promise<string> => {
    active ??= await activeGeneration(readStore, name);
    if (active === undefined)
      throw new DomainError('unavailable', 'NOT_READY', `${name} is being built for the first time`);
    return collectionOf(name, active);
  };

  async function fold(
    target: string,
    lease: Lease,
    from: Checkpoint | undefined,
    events: readonly StoredEvent[],
  ) {
    let at = from;
    for (let i = 0; i < events.length; i += batchEvents) {
      at = await foldInto(readStore, projection, target, lease, at, events.slice(i, i + batchEvents));
    }
    return at;
  }

  /** Folds everything there is now; used by a rebuild and by the first build of a new version. */
  async function foldToHead(
    target: string,
    lease: Lease,
    from: Checkpoint | undefined,
    signal: AbortSignal,
    onProgress?: (events: number) => void,
  ): Promise<Checkpoint | undefined> {
    let at = from;
    const after = at ? { after: at.position as Position } : {};
    for await (const events of eventStore.readAll({ ...after, ...filter, signal })) {
      at = await fold(target, lease, at, events);
      onProgress?.(at?.events ?? 0);
    }
    return at;
  }

  async function create(number: number): Promise<Generation> {
    const generation = { version, number };
    await readStore.dropCollection(collectionOf(name, generation));
    await readStore.ensureCollection({ name: collectionOf(name, generation), indexes: projection.indexes });
    return generation;
  }

  /** The generation to feed: the active one, a first one, or a new one when the code has another version. */
  async function prepare(lease: Lease, signal: AbortSignal): Promise<void> {
    const found = await activeGeneration(readStore, name);
    if (found?.version === version) {
      active = found;
      await readStore.ensureCollection({ name: collectionOf(name, found), indexes: projection.indexes });
    } else {
      active = found;
      state = found === undefined ? 'catching-up' : 'rebuilding';
      const next = await create((found?.number ?? 0) + 1);
      if (found !== undefined) await foldToHead(collectionOf(name, next), lease, undefined, signal);
      if (!(await activate(readStore, name, found, next))) throw leaseLost(name);
      active = next;
    }
    await dropOthers(readStore, name, active);
    checkpoint = await readStore.checkpoint(collectionOf(name, active));
  }

  async function feed(lease: Lease, signal: AbortSignal): Promise<void> {
    await prepare(lease, signal);
    writing = lease;
    while (!signal.aborted) {
      restart = new AbortController();
      if (state !== 'live') state = 'catching-up';
      const after = checkpoint ? { after: checkpoint.position as Position } : {};
      const subscription = eventStore.subscribe({
        ...after,
        ...filter,
        signal: AbortSignal.any([signal, restart.signal]),
      });
      for await (const item of subscription) {
        await gate.whileClosed();
        if (restart.signal.aborted) break;
        if (item.kind === 'events') {
          await gate.hold(async () => {
            checkpoint = await fold(collectionOf(name, active as Generation), lease, checkpoint, item.events);
          });
          watermark.advance(checkpoint?.position as Position);
        } else {
          state = 'live';
          failure = undefined;
          if (item.position !== undefined) watermark.advance(item.position);
        }
      }
    }
  }

  /** Without the lease this instance only answers; it learns how far the writer is from the store. */
  async function follow(): Promise<void> {
    state = 'following';
    active = await activeGeneration(readStore, name);
    if (active) {
      checkpoint = await readStore.checkpoint(collectionOf(name, active));
      if (checkpoint) watermark.advance(checkpoint.position as Position);
    }
    await clock.sleep(followEveryMs, ended.signal);
  }

  async function run(): Promise<void> {
    for (let failures = 0; !ended.signal.aborted;) {
      try {
        const wrote = await asOneWriter(readStore, clock, `projection:${name}`, owner, ended.signal, feed);
        writing = undefined;
        if (!wrote) await follow();
        failures = 0;
      } catch (error) {
        writing = undefined;
        if (ended.signal.aborted) break;
        failures++;
        state = 'failed';
        failure = isDomainError(error) ? `${error.code}: ${error.message}` : String(error);
        options.onError?.(error);
        await clock
          .sleep(Math.min(longestBackoffMs, 50 * 2 ** failures), ended.signal)
          .catch(() => undefined);
      }
    }
    state = 'closed';
  }

  async function rebuild(onProgress?: (events: number) => void): Promise<RebuildResult> {
    const lease = writing;
    if (rebuilding) throw new DomainError('conflict', 'REBUILD_RUNNING', `${name} is being rebuilt already`);
    if (lease === undefined || active === undefined || active.version !== version) {
      throw new DomainError(
        'unavailable',
        'NOT_THE_WRITER',
        `${name} is not written by this instance now; try again`,
      );
    }
    rebuilding = true;
    try {
      const previous = active;
      const next = await create(previous.number + 1);
      const target = collectionOf(name, next);
      let rebuilt = await foldToHead(target, lease, undefined, ended.signal, onProgress);
      return await gate.closed(async () => {
        const live = collectionOf(name, previous);
        // Events are read for both from the position each has reached; the gate keeps the live one still meanwhile.
        checkpoint = await foldToHead(live, lease, checkpoint, ended.signal);
        rebuilt = await foldToHead(target, lease, rebuilt, ended.signal, onProgress);
        if (rebuilt && rebuilt.position !== checkpoint?.position) {
          checkpoint = await foldToHead(live, lease, checkpoint, ended.signal);
        }
        const comparison = await compareCollections(readStore, live, target);
        const digest = await digestOf(readStore, target);
        if (!(await activate(readStore, name, previous, next))) throw leaseLost(name);
        active = next;
        checkpoint = rebuilt;
        if (rebuilt) watermark.advance(rebuilt.position as Position);
        restart.abort();
        await dropOthers(readStore, name, next);
        return { ...comparison, digest };
      });
    } finally {
      rebuilding = false;
    }
  }

  const running = run();

  return {
    projection: options.projection,
    view: openView<Doc>(readStore, version, collection),
    ready: () => state === 'live' || (state === 'following' && active !== undefined),
    waitFor: watermark.reached,
    rebuild,
    async status() {
      const documents = active ? await readStore.count(collectionOf(name, active)).catch(() => 0) : 0;
      return {
        name,
        version,
        generation: active?.number ?? 0,
        state: rebuilding ? 'rebuilding' : state,
        events: checkpoint?.events ?? 0,
        documents,
        ...(failure === undefined ? {} : { error: failure }),
      };
    },
    async close() {
      ended.abort();
      restart.abort();
      watermark.close();
      await running;
    },
  };
}

async function digestOf(readStore: ReadStore, name: string): Promise<string> {
  const digester = createDigester();
  const newline = Uint8Array.of(10);
  for await (const batch of readStore.scan(name)) {
    for (const doc of batch) {
      digester.update(canonicalBytes(doc));
      digester.update(newline);
    }
  }
  return digester.digest();
}

const leaseLost = (name: string): DomainError =>
  new DomainError('conflict', 'LEASE_LOST', `another instance writes ${name} now`);
