import { DomainError } from '#kernel';
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
import { entriesAround } from './read-tiles.js';

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

const broken = (index: number, root: string): DomainError =>
  new DomainError(
    'integrity',
    'LOG_CORRUPT',
    `the tiles around entry ${index} do not give the root ${root} of the checkpoint; \`holdfast audit verify\` says which differ`,
  );
