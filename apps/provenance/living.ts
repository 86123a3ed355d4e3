import { isDomainError, streamKind, streamUuid, type Digest, type JsonObject, type StreamId } from '#kernel';
import { parseJson } from '#evidence';
import type { ArtifactStore } from '#artifact-store';
import type { EventStore, Position, StoredEvent } from '#event-store';
import type { Lock } from '#domain/blueprint';
import { datasetVersionId } from '#domain/dataset';
import { projectedEvent, type ProjectedEvent } from '#runtime';
import { largestTreeBytes } from '#service';
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
  /** The last event that was looked at; undefined before the first one. */
  last(): { readonly stream: StreamId; readonly revision: number } | undefined;
}

/**
 * From the events themselves: a read model may have been smashed a moment ago, and what it does not mention would be removed.
 * @param aside runs and versions of datasets that are disposed of: their own events, a run's bundle, reproductions, editions and findings keep
 *   nothing, and data that blueprints name are kept by their datasets alone. Without it everything keeps what it names.
 */
export function openLiving(
  { eventStore, artifacts }: { readonly eventStore: EventStore; readonly artifacts: ArtifactStore },
  signal: AbortSignal,
  aside?: ReadonlySet<string>,
  { graph = openBlobGraph(artifacts), after }: LivingOptions = {},
): Living {
  const reached = new Set<Digest>();
  const isAside = belongingTo(aside ?? new Set());
  let seen = after;
  let last: StoredEvent | undefined;

  async function rootsOf(stored: StoredEvent): Promise<readonly Digest[]> {
    if (!isTelling(stored, aside)) return [];
    const event = projectedEvent(stored, 0);
    if (isAside(event)) return [];
    const { blobs, mentions } = digestsIn(event.data);
    const named = [...blobs, ...mentions];
    const lock = aside === undefined ? undefined : lockOf(event);
    if (lock === undefined) return named;
    reached.add(lock);
    return [...named.filter((digest) => digest !== lock), ...(await keptByLock(graph, artifacts, lock))];
  }

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
        const roots = new Set<Digest>();
        for (const stored of batch) for (const digest of await rootsOf(stored)) roots.add(digest);
        await graph.reach(roots, reached);
        last = batch.at(-1) ?? last;
        seen = last?.position ?? seen;
      }
    },
    last: () => last && { stream: last.stream, revision: last.revision },
  };
}

const digestBegins = Buffer.from('sha256:');
/** Their first event says whom later ones are about. */
const aboutRuns: ReadonlySet<string> = new Set(['reproduction', 'drift', 'edition']);

/** Whether an event has to be decoded: by its stream it may keep something, and by its bytes it names something, or says what it is about. */
function isTelling({ stream, bytes }: StoredEvent, aside?: ReadonlySet<string>): boolean {
  const kind = streamKind(stream);
  if (referringToNothing.has(kind)) return false;
  if (aboutRuns.has(kind)) return true;
  if ((kind === 'run' || kind === 'bundle') && aside?.has(streamUuid(stream)) === true) return false;
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).includes(digestBegins);
}

function lockOf({ kind, data }: ProjectedEvent): Digest | undefined {
  return kind === 'blueprint' ? ((data['lock'] as JsonObject | undefined)?.['digest'] as Digest) : undefined;
}

/** Code, and all else that a blueprint's lock names, but data. */
async function keptByLock(
  graph: BlobGraph,
  artifacts: ArtifactStore,
  lock: Digest,
): Promise<readonly Digest[]> {
  const { mentions = [] } = (await graph.node(lock)) ?? {};
  try {
    const { code, data = {} } = parseJson(await artifacts.read(lock, largestTreeBytes)) as Partial<Lock>;
    const named = new Set(Object.values(data).map(({ digest }) => digest));
    return mentions.filter((digest) => digest === code?.tree || !named.has(digest));
  } catch (error) {
    if (isDomainError(error)) return mentions;
    throw error;
  }
}

/** Whether an event is about one of these and nothing else. */
function belongingTo(subjects: ReadonlySet<string>): (event: ProjectedEvent) => boolean {
  /** Streams about them; of a reproduction only the first event names the run. */
  const about = new Set<string>();
  return ({ stream, kind, data }) => {
    if (subjects.size === 0) return false;
    if (kind === 'dataset') return subjects.has(versionIn(data));
    if (!aboutRuns.has(kind)) return false;
    const run = data['originalRun'] ?? data['run'];
    if (typeof run === 'string' && subjects.has(run)) about.add(stream);
    return about.has(stream);
  };
}

const versionIn = ({ namespace, name, number }: JsonObject): string =>
  datasetVersionId(String(namespace), String(name), Number(number));
