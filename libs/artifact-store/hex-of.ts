import { DomainError, isDigest, type Digest } from '#kernel';

/** The one place where a digest becomes a name: nothing else may ever get there. @throws DIGEST_INVALID */
export function hexOf(digest: Digest): string {
  if (!isDigest(digest)) throw new DomainError('invalid', 'DIGEST_INVALID', 'not a digest');
  return digest.slice('sha256:'.length);
}
