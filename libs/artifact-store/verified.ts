import { DomainError, type Digest } from '#kernel';
import { createDigester } from '#evidence';
import type { BlobRange } from './artifact-store.js';
import { corrupt } from './errors.js';

/** Hashes on the way and holds the last piece back until the hash is right, so that corrupt bytes never arrive complete. */
export async function* verified(
  bytes: AsyncIterable<Uint8Array>,
  digest: Digest,
): AsyncGenerator<Uint8Array, void> {
  const digester = createDigester();
  let held: Uint8Array | undefined;
  for await (const piece of bytes) {
    digester.update(piece);
    if (held) yield held;
    held = piece;
  }
  if (digester.digest() !== digest) throw corrupt(digest);
  if (held) yield held;
}

/** @throws RANGE_INVALID */
export function checkRange({ offset, length = Infinity }: BlobRange): void {
  const whole = (value: number) => Number.isSafeInteger(value) && value >= 0;
  if (whole(offset) && (whole(length) || length === Infinity)) return;
  throw new DomainError('invalid', 'RANGE_INVALID', 'offset and length are whole numbers from 0 on');
}
