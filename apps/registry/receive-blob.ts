import { DomainError } from '#kernel';
import { parseDigest } from '#evidence';
import type { registry } from '#contracts';
import type { StoredBlob } from '#artifact-store';
import type { Uploads } from '#runtime';

/**
 * Takes one blob: the first message names it, every message may carry bytes.
 * @throws UPLOAD_HEADER (invalid) when the first message names nothing, or a later one names something
 */
export async function receiveBlob(
  uploads: Uploads,
  messages: AsyncIterable<registry.PutBlobRequest>,
  signal: AbortSignal,
): Promise<StoredBlob> {
  const iterator = messages[Symbol.asyncIterator]();
  const first = await iterator.next();
  const header = first.done ? undefined : first.value.header;
  if (header === undefined) throw wrongHeader('the first message has no header: say digest, size and offset');
  const digest = parseDigest(header.digest, 'header.digest');
  const { sizeBytes, offset } = header;
  const bytes = bytesOf(first.value as registry.PutBlobRequest, iterator);
  return uploads.receive({ digest, sizeBytes, offset }, bytes, signal);
}

async function* bytesOf(
  first: registry.PutBlobRequest,
  rest: AsyncIterator<registry.PutBlobRequest>,
): AsyncGenerator<Uint8Array, void> {
  yield first.data;
  for (;;) {
    const { done, value } = await rest.next();
    if (done) return;
    if (value.header !== undefined) throw wrongHeader('only the first message has a header');
    yield value.data;
  }
}

const wrongHeader = (message: string): DomainError => new DomainError('invalid', 'UPLOAD_HEADER', message);
