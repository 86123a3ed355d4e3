import { createHash, hash } from 'node:crypto';
import { DomainError, isDigest, type Digest, type Json } from '#kernel';
import { canonicalize } from './canonical-json.js';

/** SHA-256 (FIPS 180-4) of bytes, or of a text's UTF-8. */
export const digestBytes = (bytes: Uint8Array | string): Digest =>
  `sha256:${hash('sha256', bytes)}` as Digest;

/** SHA-256 of a value's canonical JSON: equal values, equal digests. */
export const digestValue = (value: Json): Digest => digestBytes(canonicalize(value));

/** Hashes a stream piece by piece. */
export interface Digester {
  readonly sizeBytes: number;
  update(bytes: Uint8Array): void;
  /** Ends it; may be called once. */
  digest(): Digest;
}

export function createDigester(): Digester {
  const sha256 = createHash('sha256');
  let sizeBytes = 0;
  return {
    get sizeBytes() {
      return sizeBytes;
    },
    update(bytes) {
      sizeBytes += bytes.length;
      sha256.update(bytes);
    },
    digest: () => `sha256:${sha256.digest('hex')}` as Digest,
  };
}

export async function digestStream(
  stream: AsyncIterable<Uint8Array>,
): Promise<{ readonly digest: Digest; readonly sizeBytes: number }> {
  const digester = createDigester();
  for await (const bytes of stream) digester.update(bytes);
  return { sizeBytes: digester.sizeBytes, digest: digester.digest() };
}

/** @throws DIGEST_INVALID naming the field */
export function parseDigest(value: unknown, field: string): Digest {
  if (isDigest(value)) return value;
  throw new DomainError('invalid', 'DIGEST_INVALID', `${field}: not sha256: and 64 lower-case hex digits`, {
    problems: [
      {
        code: 'DIGEST_INVALID',
        field,
        message: 'a digest is sha256: and 64 lower-case hex digits',
        found: String(value).slice(0, 120),
        fix: 'copy it whole',
      },
    ],
  });
}
