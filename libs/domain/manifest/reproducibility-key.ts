import type { Digest } from '#kernel';
import { digestValue } from '#evidence';
import type { Manifest } from './manifest.js';

/** Same key, same result expected: the SHA-256 of the canonical JSON of everything that can reach a step. */
export const reproducibilityKey = (manifest: Pick<Manifest, 'pinned'>): Digest =>
  digestValue(manifest.pinned);
