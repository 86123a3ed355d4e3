import { assertNoProblems, DomainError } from '#kernel';
import {
  encodeBase64,
  formatLogProof,
  inclusionRanges,
  merkleLeafHash,
  rangeHashes,
  verifyInclusion,
  type AuditLeaf,
  type Checkpoint,
  type ReadTile,
} from '#evidence';
import type { auditor as proto } from '#contracts';
import type { CallContext } from '#platform';
import type { Auditor } from '../auditor.js';
import { entriesAround } from './read-tiles.js';
import { subjectIndexes } from './subject-indexes.js';

/** Proofs of so many events share what they read; nothing is kept for longer. */
const together = 64;

/**
 * A proof of each event that is asked for, in order, all by one checkpoint that has them all.
 * @throws INVALID_REQUEST, SUBJECT_INVALID, SUBJECT_NOT_FOUND, AMBIGUOUS_ID, EVENT_NOT_FOUND, NOT_LOGGED_YET, LOG_STOPPED, TILE_MISSING
 */
export async function* proveEvents(
  auditor: Auditor,
  request: proto.ProveEventsRequest,
  context: CallContext,
): AsyncGenerator<proto.ProveEventsResponse> {
  assertNoProblems(requestProblems(request), 'INVALID_REQUEST');
  const { indexes, last } = await subjectIndexes(auditor, request, context);
  await auditor.log.covers(last + 1, context);
  const current = await auditor.log.checkpoint();
  const read = await auditor.log.read();
  let batch: number[] = [];
  for await (const index of indexes) {
    batch.push(index);
    if (batch.length < together) continue;
    yield* proveTogether(batch, current, read);
    batch = [];
  }
  yield* proveTogether(batch, current, read);
}

/** Proofs of the entries at these indexes, which share what is read. @throws TILE_MISSING, LOG_CORRUPT */
export async function* proveTogether(
  indexes: readonly number[],
  { note, checkpoint }: { readonly note: string; readonly checkpoint: Checkpoint },
  read: ReadTile,
): AsyncGenerator<proto.ProveEventsResponse> {
  const { size, root } = checkpoint;
  const paths = indexes.map((index) => inclusionRanges(index, size));
  const [first] = indexes;
  if (first === undefined) return;
  let at = 0;
  const [hashes, begin] = await Promise.all([
    rangeHashes(paths.flat(), size, read),
    entriesAround(first, size, read),
  ]);
  let around = begin;
  for (const [i, index] of indexes.entries()) {
    const own = hashes.slice(at, (at += paths[i]?.length ?? 0));
    if (index < around.first || index >= around.first + around.entries.length)
      around = await entriesAround(index, size, read);
    const leaf = around.entries[index - around.first] as Uint8Array;
    // Nobody is handed a proof that proves nothing.
    if (!verifyInclusion(merkleLeafHash(leaf), index, size, own, root))
      throw broken(index, encodeBase64(root));
    const { stream, revision, eventId, type } = JSON.parse(Buffer.from(leaf).toString()) as AuditLeaf;
    yield {
      ...{ index, stream, revision: Number(revision), eventId, type },
      leaf: Buffer.from(leaf),
      proof: formatLogProof({ index, hashes: own, checkpoint: note }),
    };
  }
}

function requestProblems({ subject, index }: proto.ProveEventsRequest) {
  const problem = {
    code: 'INVALID_REQUEST',
    fix: 'say a run, bundle, stream or event, or an index of the log',
  };
  if (index === undefined)
    return subject === '' ? [{ ...problem, field: 'subject', message: 'is missing' }] : [];
  return Number.isSafeInteger(index) && index >= 0
    ? []
    : [{ ...problem, field: 'index', message: 'is no place in the log', found: String(index) }];
}

const broken = (index: number, root: string): DomainError =>
  new DomainError(
    'integrity',
    'LOG_CORRUPT',
    `the tiles around entry ${index} do not give the root ${root} of the checkpoint; \`holdfast audit verify\` says which differ`,
  );
