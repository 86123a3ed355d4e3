import { isDomainError, type Digest } from '#kernel';
import type { provenance as proto } from '#contracts';
import type { ArtifactStore, BlobStat } from '#artifact-store';
import { artifactStream, maxDigests } from '#domain/artifact';
import { positionToken, type CommandContext } from '#runtime';
import { openBlobGraph } from './blob-graph.js';
import type { Provenance } from './provenance.js';
import { notDisposed } from './retention/not-disposed.js';
import { removedBlobs, restoredBlobs } from './retention/restored.js';

/** Blobs between two messages. */
const together = 64;
/** Of work by one pause, where there is no hurry: a fifth of a core at most. */
const restPerWork = 4;

interface ScrubOptions {
  /** Rests between blobs. */
  readonly inBackground?: boolean;
  readonly signal: AbortSignal;
}

/**
 * Hashes every blob again, looks for every blob that an event refers to and that was not disposed of, and for those that were and are here all the
 * same; records what it found. Progress after every {@link together} blobs.
 */
export async function* scrub(
  provenance: Provenance,
  context: CommandContext & ScrubOptions,
): AsyncGenerator<proto.ScrubResponse, void> {
  const { runtime, collections, clock } = provenance;
  const { artifacts } = runtime.engines;
  const { signal, inBackground = false } = context;
  const expected = await expectedBlobs(provenance, signal);
  const removed = await removedBlobs(provenance, signal);
  let blobsTotal = 0;
  for await (const _ of readable(artifacts)) blobsTotal++;
  const [corrupt, absent]: [Digest[], Digest[]] = [[], []];
  const back: BlobStat[] = [];
  let [missing, restored]: [readonly Digest[], readonly Digest[]] = [[], []];
  let [blobsDone, bytesDone] = [0, 0];
  const progress = (done: boolean): proto.ScrubResponse => ({
    blobsDone,
    bytesDone,
    blobsTotal: Math.max(blobsTotal, blobsDone),
    corrupt: done ? corrupt.slice(0, maxDigests) : [],
    missing: done ? missing.slice(0, maxDigests) : [],
    restored: done ? restored.slice(0, maxDigests) : [],
    done,
  });
  for await (const blob of readable(artifacts)) {
    const { digest, sizeBytes } = blob;
    if (signal.aborted) throw signal.reason;
    const startedMs = clock.monotonicMs();
    if ((await artifacts.verify(digest)) === 'corrupt') corrupt.push(digest);
    expected.delete(digest);
    if (removed.has(digest)) back.push(blob);
    blobsDone++;
    bytesDone += sizeBytes;
    if (inBackground) await clock.sleep((clock.monotonicMs() - startedMs) * restPerWork, signal);
    if (blobsDone % together === 0) yield progress(false);
  }
  for (const digest of [...expected].sort()) {
    const state = await artifacts.verify(digest);
    if (state !== 'intact') (state === 'corrupt' ? corrupt : absent).push(digest);
  }
  missing = await notDisposed(provenance, absent, signal);
  restored = (await restoredBlobs(provenance, back, removed, signal)).toSorted();
  const result = {
    blobs: blobsDone,
    bytes: bytesDone,
    corrupt,
    corruptTotal: corrupt.length,
    missing,
    missingTotal: missing.length,
    ...(restored.length === 0 ? {} : { restored, restoredTotal: restored.length }),
  };
  await collections.execute(
    artifactStream(context.commandId),
    { type: 'RecordScrub', result, at: clock.now() },
    context,
  );
  yield progress(true);
}

/** What a damaged list still tells; what is behind the damage shows when it is looked for by name. */
async function* readable(artifacts: ArtifactStore): AsyncGenerator<BlobStat, void> {
  try {
    yield* artifacts.list();
  } catch (error) {
    if (!isDomainError(error) || error.code !== 'STORE_CORRUPT') throw error;
  }
}

/** Blobs that must be here: those that events until now name as such, and the files of lists among them. */
async function expectedBlobs({ runtime, views }: Provenance, signal: AbortSignal): Promise<Set<Digest>> {
  const graph = openBlobGraph(runtime.engines.artifacts);
  const minPosition = positionToken(await runtime.engines.eventStore.head());
  await runtime.reached({ minPosition, projections: ['references'], signal });
  const expected = new Set<Digest>();
  for await (const batch of views.references.scan())
    for (const { blobs } of batch) {
      if (signal.aborted) throw signal.reason;
      for (const digest of blobs) expected.add(digest);
    }
  for (const digest of [...expected]) for (const file of await graph.filesOf(digest)) expected.add(file);
  return expected;
}
