import { DomainError, type Digest } from '#kernel';
import type { PutOptions } from './artifact-store.js';

/** @throws BLOB_DIGEST_MISMATCH */
export function checkExpected(actual: Digest, { expected }: PutOptions): void {
  if (expected === undefined || expected === actual) return;
  const message = `the bytes are ${actual}, not ${expected}`;
  throw new DomainError('integrity', 'BLOB_DIGEST_MISMATCH', message, { facts: { expected, actual } });
}

/** @throws BLOB_TOO_LARGE */
export function checkSize(sizeBytes: number, { maxBytes }: PutOptions): void {
  if (maxBytes === undefined || sizeBytes <= maxBytes) return;
  throw new DomainError('exhausted', 'BLOB_TOO_LARGE', `more than the ${maxBytes} bytes allowed here`, {
    facts: { maxBytes },
  });
}
