import { isDomainError, type Digest } from '#kernel';
import type { PutOptions, StoredBlob } from '../artifact-store.js';
import type { Intake } from '../take-in.js';
import { takeInCopy, takeInStream } from './file-intake.js';
import { packedBytes } from './layout.js';
import type { Place } from './settle.js';

/** Bytes become a blob: in the pack when they are few, in a file otherwise. */
export const intakeOf = (place: Place, options: PutOptions): Intake => ({
  smallBytes: packedBytes,
  small: (bytes, digest) => pack(place, bytes, digest, options),
  large: (bytes) => takeInStream(place, bytes, options),
  largeFile: (path) => takeInCopy(place, path, options),
});

async function pack(
  place: Place,
  bytes: Uint8Array,
  digest: Digest,
  options: PutOptions,
): Promise<StoredBlob> {
  try {
    const { sizeBytes } = await place.pack.put(digest, bytes, options.settleLater);
    return { digest, sizeBytes };
  } catch (error) {
    // A pack that is damaged takes nothing in at that place; as a file the blob is whole again.
    if (!isDomainError(error) || error.kind !== 'integrity') throw error;
    return takeInStream(place, one(bytes), options);
  }
}

async function* one(bytes: Uint8Array): AsyncGenerator<Uint8Array, void> {
  yield bytes;
}
