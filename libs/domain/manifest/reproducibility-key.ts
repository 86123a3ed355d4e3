import type { Digest } from '#kernel';
import { digestValue } from '#evidence';
import type { Manifest } from './manifest.js';

/** Same key, same result expected: the SHA-256 of the canonical JSON of everything that can reach a step. */
export function reproducibilityKey({ pinned }: Pick<Manifest, 'pinned'>): Digest {
  const known = keys.get(pinned);
  if (known !== undefined) return known;
  const key = digestValue(pinned);
  keys.set(pinned, key);
  return key;
}

/** Of what is still in use; nothing pinned is ever changed. */
const keys = new WeakMap<Manifest['pinned'], Digest>();
