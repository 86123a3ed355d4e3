import { assertNoProblems, DomainError, isDigest, isDomainError, type Digest, type Problem } from '#kernel';
import type { provenance as proto } from '#contracts';
import { chunkOf } from '#rpc';
import { download, positionToken, withReason } from '#runtime';
import type { Provenance } from './provenance.js';
import { disposedText } from './retention/disposals-of.js';

/**
 * A blob or a part of it, the first message with its whole size. A whole blob is verified before its last bytes leave.
 * @throws INVALID_REQUEST, BLOB_NOT_FOUND, or BLOB_DISPOSED with when, by whom and why; BLOB_CORRUPT; RANGE_BEYOND_END for a part that begins behind the last byte
 */
export async function* giveBlob(
  provenance: Provenance,
  { digest, offset, length }: proto.GetBlobRequest,
  signal: AbortSignal,
): AsyncGenerator<proto.GetBlobResponse, void> {
  assertNoProblems(
    [...digestProblems(digest), ...sizeProblems('offset', offset), ...sizeProblems('length', length ?? 0)],
    'INVALID_REQUEST',
  );
  const { artifacts } = provenance.runtime.engines;
  const found = await artifacts.stat(digest as Digest);
  if (found === undefined) throw await notHeld(provenance, digest as Digest, signal);
  const { sizeBytes } = found;
  if (offset > sizeBytes) {
    const message = `the blob has ${sizeBytes} bytes; byte ${offset} is behind its end`;
    throw new DomainError('invalid', 'RANGE_BEYOND_END', message, { facts: { sizeBytes } });
  }
  yield { data: Buffer.alloc(0), totalBytes: sizeBytes };
  const part = length === undefined ? { offset } : { offset, length };
  for await (const bytes of download(artifacts, { digest: found.digest, ...part, lent: true }, signal))
    yield { data: chunkOf(bytes), totalBytes: undefined };
}

/** Longest that the read model may take to come to a tombstone whose bytes have just gone. */
const patienceMs = 5_000;

async function notHeld(
  { views, runtime }: Provenance,
  digest: Digest,
  signal: AbortSignal,
): Promise<DomainError> {
  // A tombstone is recorded before its bytes go: whoever misses them is told why.
  const minPosition = positionToken(await runtime.engines.eventStore.head());
  const asked = { minPosition, projections: ['disposed'], deadlineMs: patienceMs, signal };
  await runtime.reached(asked).catch((error: unknown) => {
    if (!isDomainError(error) || error.kind !== 'timeout') throw error;
  });
  const document = await views.disposed.get(digest);
  if (document === undefined)
    return new DomainError('not-found', 'BLOB_NOT_FOUND', `the server does not hold ${digest}`);
  const { of, at } = document;
  const { reason } = await withReason(runtime.people, { reason: document.reason });
  const message = `${digest} of ${of} was disposed of ${disposedText({ ...document, reason })}`;
  return new DomainError('not-found', 'BLOB_DISPOSED', message, { facts: { of, disposedAt: at } });
}

const digestProblems = (digest: string): readonly Problem[] =>
  isDigest(digest)
    ? []
    : [
        {
          code: 'DIGEST_INVALID',
          field: 'digest',
          message: 'a digest is sha256: and 64 lower-case hex digits',
          found: digest.slice(0, 120),
          fix: 'copy it whole',
        },
      ];

const sizeProblems = (field: string, value: number): readonly Problem[] =>
  Number.isSafeInteger(value) && value >= 0
    ? []
    : [{ code: 'RANGE_INVALID', field, message: 'is a whole number from 0 on', found: String(value) }];
