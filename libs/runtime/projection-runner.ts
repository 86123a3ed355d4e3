import { DomainError, isDomainError, type Clock } from '#kernel';
import type { EventStore, Position } from '#event-store';
import type { Checkpoint, Document, Lease, ReadStore } from '#read-store';
import type { Target } from './collection-writer.js';
import type { Comparison } from './compare-collections.js';
import { fedGeneration } from './fed-generation.js';
import { foldHistory, nothingUpTo } from './fold-history.js';
import { activeGeneration, collectionOf, dropOthers, type Generation } from './generation.js';
import { openGate } from './gate.js';
import { lagAfter, type Lag } from './lag.js';
import { liveWriter, type LiveWriter } from './live-writer.js';
import { leaseLost, rebuildBeside } from './rebuild-beside.js';
import { openRests, type Rests } from './rests.js';
import { openWatermark } from './watermark.js';
import { openView, type View } from './view.js';
import type { EventDecoders, Projection } from './projection.js';
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

export type RebuildResult = Comparison;

export interface ProjectionRunner<Doc extends Document> {
  readonly projection: Projection<Doc>;
  readonly view: View<Doc>;
  /** True while queries may be answered from here. */
  ready(): boolean;
  /** What it fails with now, over and over. */
  failing(): string | undefined;
  status(): Promise<RunnerStatus>;
  /** @throws what the event store throws when it does not answer */
  lag(): Promise<Lag>;
  /**
   * Resolves when everything up to `position` is folded in.
   * @throws NOT_CAUGHT_UP (timeout) at the deadline
   */
  waitFor(position: Position, deadlineMs: number, signal?: AbortSignal): Promise<void>;
  hasPassed(position: Position): boolean;
  hurry(): void;
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
  readonly decoders?: EventDecoders;
  readonly onError?: (error: unknown) => void;
  /** Whether somebody waits for another read model; this one then rests no more than that. */
  readonly isHurried?: () => boolean;
  /** Those of all read models of a service. */
  readonly rests?: Rests;
}

const longestBackoffMs = 5000;
const followEveryMs = 250;
const nothingYet = {};

/** Keeps one read model up to date from the event store, for as long as it is open. */
export function startProjection<Doc extends Document>(options: RunnerOptions<Doc>): ProjectionRunner<Doc> {
  const { eventStore, readStore, clock, owner } = options;
  const { isHurried = () => false, rests = openRests(clock) } = options;
  const projection = options.projection as unknown as Projection;
  const { name, version, kinds } = projection;
  const filter = kinds ? { kinds } : {};
  const ended = new AbortController();
  const { signal } = ended;
  const gate = openGate();
  const watermark = openWatermark(eventStore.comparePositions.bind(eventStore), clock);
  let state: RunnerState = 'starting';
  let failure: string | undefined;
  let active: Generation | undefined;
  let checkpoint: Checkpoint | undefined;
  let writing: { readonly lease: Lease; readonly live: LiveWriter } | undefined;
  let rebuilding: Promise<RebuildResult> | undefined;
  /** When they were last counted. */
  let documents: number | undefined;
  /** Ends the live subscription so that it starts again on the collection that is active then. */
  let restart = new AbortController();

  const collection = async (): Promise<string> => {
    active ??= await activeGeneration(readStore, name);
    if (active === undefined)
      throw new DomainError('unavailable', 'NOT_READY', `${name} is being built for the first time`);
    return collectionOf(name, active);
  };

  async function prepare(lease: Lease, signal: AbortSignal): Promise<void> {
    active = await fedGeneration({
      ...{ eventStore, folding, lease, signal, known: active },
      building(found) {
        state = found === undefined ? 'catching-up' : 'rebuilding';
        // Where the read store was emptied nobody is answered from what is only begun, or by its former name.
        if (found === undefined) watermark.fallBack();
        active = found;
      },
      onFirst: (committed) => (checkpoint = committed),
    });
    await dropOthers(readStore, name, active, lease);
    checkpoint = await readStore.checkpoint(collectionOf(name, active));
    // Another instance may have swapped in a model that is not so far as the one that was followed or written here.
    watermark.fallBack();
    if (checkpoint) watermark.advance(checkpoint.position as Position);
  }

  const into = (to: Generation, lease: Lease, from?: Checkpoint): Target => {
    return { collection: collectionOf(name, to), lease, from };
  };
  const folding = { readStore, projection, decoders: options.decoders };

  async function feed(lease: Lease, signal: AbortSignal): Promise<void> {
    await prepare(lease, signal);
    while (!signal.aborted) {
      const ending = (restart = new AbortController());
      if (state !== 'live') state = 'catching-up';
      const live = liveWriter(into(active as Generation, lease, checkpoint), {
        ...{ ...folding, rests, watermark, isHurried },
        onCommitted: (committed) => (checkpoint = committed),
        onFailed: () => ending.abort(),
      });
      writing = { lease, live };
      try {
        await follow(live, AbortSignal.any([signal, ending.signal]));
        if (!signal.aborted) await live.settled();
      } finally {
        live.stop();
        await live.settled().catch(() => undefined);
      }
    }
  }

  /** What is delivered is folded, and committed together with what comes soon after it. */
  async function follow(live: LiveWriter, signal: AbortSignal): Promise<void> {
    const after = checkpoint ? { after: checkpoint.position as Position } : {};
    for await (const item of eventStore.subscribe({ ...after, ...filter, signal })) {
      if (item.kind === 'events') {
        // What was delivered while the gate was closed is folded already.
        await gate.hold(async () => {
          if (!restart.signal.aborted) await live.fold(item.events);
        });
      } else {
        await gate.whileClosed();
        if (state !== 'live') await live.settled();
        if (restart.signal.aborted) break;
        state = 'live';
        failure = undefined;
        if (item.position !== undefined) live.heard(item.position);
      }
    }
  }

  /** Events that this model does not read must not keep its readers waiting. */
  async function passOthers(position?: Position): Promise<void> {
    const looking = { looked: watermark.highest(), position, isPassed: watermark.passed, signal };
    const upTo = await nothingUpTo(eventStore, projection, looking);
    if (upTo !== undefined) watermark.advance(upTo);
  }

  /** Without the lease this instance only answers; it learns how far the writer is from the store. */
  async function followWriter(): Promise<void> {
    state = 'following';
    active = await activeGeneration(readStore, name);
    const before = checkpoint?.events ?? 0;
    checkpoint = active && (await readStore.checkpoint(collectionOf(name, active)));
    if ((checkpoint?.events ?? 0) < before) watermark.fallBack(checkpoint?.position as Position | undefined);
    if (active) {
      if (checkpoint) watermark.advance(checkpoint.position as Position);
      await passOthers();
    }
    failure = undefined;
    await clock.sleep(followEveryMs, signal);
  }

  async function run(): Promise<void> {
    for (let failures = 0; !signal.aborted;) {
      try {
        const wrote = await asOneWriter(readStore, clock, `projection:${name}`, owner, signal, feed);
        writing = undefined;
        if (!wrote) await followWriter();
        failures = 0;
      } catch (error) {
        writing = undefined;
        if (signal.aborted) break;
        failures++;
        state = 'failed';
        failure = isDomainError(error) ? `${error.code}: ${error.message}` : String(error);
        options.onError?.(error);
        await clock.sleep(Math.min(longestBackoffMs, 50 * 2 ** failures), signal).catch(() => undefined);
      }
    }
    state = 'closed';
  }

  async function rebuild(onProgress?: (events: number) => void): Promise<RebuildResult> {
    if (rebuilding) throw new DomainError('conflict', 'REBUILD_RUNNING', `${name} is being rebuilt already`);
    if (writing === undefined || active === undefined || active.version !== version) {
      const message = `${name} is not written by this instance now; try again`;
      throw new DomainError('unavailable', 'NOT_THE_WRITER', message);
    }
    const { lease } = writing;
    const previous = active;
    rebuilding = rebuildBeside({
      ...{ eventStore, folding, lease, previous, signal, onProgress },
      whileStill: (work) => gate.closed(() => whileStill(collectionOf(name, previous), work)),
      swapped(next, at) {
        active = next;
        checkpoint = at;
        if (at) watermark.advance(at.position as Position);
      },
    });
    try {
      return await rebuilding;
    } finally {
      rebuilding = undefined;
    }
  }

  async function whileStill<T>(
    collection: string,
    work: (at: Checkpoint | undefined) => Promise<T>,
  ): Promise<T> {
    try {
      const live = writing?.live;
      if (live?.collection !== collection) throw leaseLost(name);
      await live.settled();
      await foldHistory(eventStore, projection, live, { signal });
      return await work(checkpoint);
    } finally {
      // Before the gate opens: what the subscription has delivered meanwhile is folded in already.
      restart.abort();
    }
  }

  const running = run();

  return {
    projection: options.projection,
    view: openView<Doc>(readStore, `${name}@${version}`, collection, () =>
      writing !== undefined && state === 'live' ? (checkpoint ?? nothingYet) : undefined,
    ),
    ready: () => state === 'live' || (state === 'following' && active !== undefined),
    waitFor(position, deadlineMs, abandoned) {
      // The subscription hears of other kinds a moment later; who waits does not.
      if (state === 'live' && !watermark.passed(position)) {
        passOthers(position).catch(() => undefined);
        writing?.live.commit();
      }
      return watermark.reached(position, deadlineMs, abandoned);
    },
    failing: () => (state === 'failed' ? failure : undefined),
    hasPassed: (position) => watermark.passed(position),
    hurry: () => writing?.live.commit(),
    rebuild,
    lag: () => lagAfter(options, kinds, checkpoint?.position),
    async status() {
      // While much is folded in, what is counted is another collection by then, and counted again and again.
      if (active && (documents === undefined || state !== 'catching-up'))
        documents = await readStore.count(collectionOf(name, active)).catch(() => documents);
      return {
        name,
        version,
        generation: active?.number ?? 0,
        state: rebuilding ? 'rebuilding' : state,
        events: checkpoint?.events ?? 0,
        documents: active ? (documents ?? 0) : 0,
        ...(failure === undefined ? {} : { error: failure }),
      };
    },
    async close() {
      ended.abort();
      restart.abort();
      watermark.close();
      await rebuilding?.catch(() => undefined);
      await running;
    },
  };
}
