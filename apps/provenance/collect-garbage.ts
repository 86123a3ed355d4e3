import { assertNoProblems, epochMs, type Digest, type Problem } from '#kernel';
import type { provenance as proto } from '#contracts';
import type { BlobStat } from '#artifact-store';
import { artifactStream, maxDigests, type CollectionResult } from '#domain/artifact';
import type { CallContext } from '#platform';
import { eventIdOf } from '#runtime';
import { commandContext, reasonProblems } from '#service';
import { openLiving } from './living.js';
import type { Provenance } from './provenance.js';

/** Removed between two looks at what has happened meanwhile. */
const together = 100;

/**
 * Removes blobs that nothing has ever referred to and that are old enough. What an event mentions is kept, what a kept blob mentions,
 * and what a young blob mentions: a list of files may have come while some of its files were here already. Before each batch goes,
 * events since then are looked at and every blob once more.
 * @throws INVALID_REQUEST
 */
export async function* collectGarbage(
  provenance: Provenance,
  request: proto.CollectGarbageRequest,
  context: CallContext,
): AsyncGenerator<proto.CollectGarbageResponse, void> {
  const { runtime, collections, clock, limits } = provenance;
  const { dryRun } = request;
  const olderThanMs = request.olderThanMs ?? limits.gcMinAgeMs;
  assertNoProblems(
    [...(dryRun ? [] : reasonProblems(request.reason)), ...ageProblems(olderThanMs, limits.gcMinAgeMs)],
    'INVALID_REQUEST',
  );
  const stream = artifactStream(context.commandId);
  if (!dryRun) {
    const command = { type: 'StartCollection', olderThanMs, at: context.receivedAt } as const;
    const { state } = await collections.execute(stream, command, commandContext(context, request.reason));
    if (state.status === 'collected') return yield* told(state.result);
  }
  const result = { blobsSeen: 0, blobsRemoved: 0, bytesRemoved: 0, digests: [] as Digest[] };
  const progress = (removed: readonly BlobStat[], done: boolean): proto.CollectGarbageResponse => ({
    blobsSeen: result.blobsSeen,
    blobsRemoved: result.blobsRemoved,
    bytesRemoved: result.bytesRemoved,
    removed: removed.map(({ digest, sizeBytes }) => ({ digest, sizeBytes })),
    done,
  });
  try {
    const oldest = epochMs(clock.now()) - olderThanMs;
    const living = openLiving(runtime.engines, context.signal);
    await living.catchUp();
    const old: BlobStat[] = [];
    for await (const blob of runtime.engines.artifacts.list()) {
      if (context.signal.aborted) throw context.signal.reason;
      result.blobsSeen++;
      if (result.blobsSeen % 1000 === 0) yield progress([], false);
      if (living.has(blob.digest)) continue;
      if (epochMs(blob.storedAt) <= oldest) old.push(blob);
      else await living.add([blob.digest]);
    }
    for (let at = 0; at < old.length; at += together) {
      if (context.signal.aborted) throw context.signal.reason;
      await living.catchUp();
      const removed: BlobStat[] = [];
      for (const blob of old.slice(at, at + together)) {
        if (living.has(blob.digest)) continue;
        if (!(dryRun || (await remove(provenance, blob, oldest)))) continue;
        removed.push(blob);
        result.blobsRemoved++;
        result.bytesRemoved += blob.sizeBytes;
        if (result.digests.length < maxDigests) result.digests.push(blob.digest);
      }
      yield progress(removed, false);
    }
  } finally {
    // Also when the caller has gone or something failed: what was removed is recorded.
    if (!dryRun)
      await collections.execute(
        stream,
        { type: 'FinishCollection', result, at: clock.now() },
        commandContext(
          {
            ...context,
            commandId: provenance.chance.uuid(),
            causationId: eventIdOf(context.commandId, stream, 0),
          },
          request.reason,
        ),
      );
  }
  yield progress([], true);
}

/** An upload that came meanwhile has renewed its time. */
async function remove({ runtime }: Provenance, { digest }: BlobStat, oldest: number): Promise<boolean> {
  const now = await runtime.engines.artifacts.stat(digest);
  return now !== undefined && epochMs(now.storedAt) <= oldest && runtime.lately.delete(digest);
}

function* told(result: CollectionResult): Generator<proto.CollectGarbageResponse, void> {
  const { blobsSeen, blobsRemoved, bytesRemoved, digests } = result;
  const removed = digests.map((digest) => ({ digest, sizeBytes: 0 }));
  yield { blobsSeen, blobsRemoved, bytesRemoved, removed, done: true };
}

function ageProblems(olderThanMs: number, least: number): readonly Problem[] {
  if (Number.isSafeInteger(olderThanMs) && olderThanMs >= least) return [];
  return [
    {
      code: 'AGE_TOO_SMALL',
      field: 'older_than_ms',
      message: `is a whole number from ${least} on`,
      found: String(olderThanMs),
      fix: 'leave it out, or let the server allow less: HOLDFAST_GC_MIN_AGE_MS',
    },
  ];
}
