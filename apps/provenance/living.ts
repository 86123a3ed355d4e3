import { streamUuid, type Digest } from '#kernel';
import type { ArtifactStore } from '#artifact-store';
import type { EventStore, Position, StoredEvent } from '#event-store';
import { projectedEvent } from '#runtime';
import { openBlobGraph, type BlobGraph } from './blob-graph.js';
import { digestsIn, referringToNothing } from './digests-in.js';

interface LivingOptions {
  readonly graph?: BlobGraph;
  /** Events until there are known to keep nothing either. */
  readonly after?: Position;
}

/** Everything that must stay, as far as is known. */
export interface Living {
  has(digest: Digest): boolean;
  /** These, and what they refer to. */
  add(roots: readonly Digest[]): Promise<void>;
  /** These alone. */
  addAlone(digests: Iterable<Digest>): void;
  /** Adds what events since the last look refer to. */
  catchUp(): Promise<void>;
}

/**
 * From the events themselves: a read model may have been smashed a moment ago, and what it does not mention would be removed.
 * @param aside runs whose own events, bundles, reproductions, editions and findings keep nothing
 */
export function openLiving(
  { eventStore, artifacts }: { readonly eventStore: EventStore; readonly artifacts: ArtifactStore },
  signal: AbortSignal,
  aside: ReadonlySet<string> = new Set(),
  { graph = openBlobGraph(artifacts), after }: LivingOptions = {},
): Living {
  const reached = new Set<Digest>();
  const isAside = belongingTo(aside);
  let seen = after;
  return {
    has: (digest) => reached.has(digest),
    add: (roots) => graph.reach(roots, reached),
    addAlone(digests) {
      for (const digest of digests) reached.add(digest);
    },
    async catchUp() {
      for await (const batch of eventStore.readAll({
        ...(seen === undefined ? {} : { after: seen }),
        signal,
      })) {
        await graph.reach(rootsOf(batch.filter((stored) => !isAside(stored))), reached);
        seen = batch.at(-1)?.position ?? seen;
      }
    },
  };
}

function rootsOf(events: readonly StoredEvent[]): Digest[] {
  const roots = new Set<Digest>();
  for (const stored of events) {
    const { kind, data } = projectedEvent(stored, 0);
    if (referringToNothing.has(kind)) continue;
    const { blobs, mentions } = digestsIn(data);
    for (const digest of [...blobs, ...mentions]) roots.add(digest);
  }
  return [...roots];
}

/** Whether an event is about one of these runs and nothing else. */
function belongingTo(runs: ReadonlySet<string>): (stored: StoredEvent) => boolean {
  /** Streams about them; of a reproduction only the first event names the run. */
  const about = new Set<string>();
  return (stored) => {
    if (runs.size === 0) return false;
    const { stream } = stored;
    if (/^(run|bundle)-/.test(stream)) return runs.has(streamUuid(stream));
    if (!/^(reproduction|drift|edition)-/.test(stream)) return false;
    const { data } = projectedEvent(stored, 0);
    const run = data['originalRun'] ?? data['run'];
    if (typeof run === 'string' && runs.has(run)) about.add(stream);
    return about.has(stream);
  };
}
