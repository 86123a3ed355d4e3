import { isDigest, type Digest, type JsonObject } from '#kernel';
import { canonicalBytes, parseJson } from '#evidence';
import type { Manifest } from './manifest.js';

/**
 * Where an environment lies on the hosts of an installation, as a blob of its own. A manifest travels, and such a path tells of people and
 * machines and is of use to nobody else: the manifest names the blob, a bundle does not carry it.
 */
export const placeBlob = (location: string): Uint8Array => canonicalBytes({ holdfast: 'place/1', location });

/** The digest of the blob; undefined where no place is given, or where it stands in the manifest itself, as in those of before 2026-11-27. */
export function placeDigest({ declared }: Pick<Manifest, 'declared'>): Digest | undefined {
  const { location } = declared.environment;
  return isDigest(location) ? location : undefined;
}

export function readPlace(bytes: Uint8Array): string | undefined {
  const { holdfast, location } = parseJson(bytes, { maxBytes: 8192 }) as JsonObject;
  return holdfast === 'place/1' && typeof location === 'string' ? location : undefined;
}

/** The same manifest with the place named by its blob. */
export function withHiddenPlace(manifest: Manifest, digest: Digest): Manifest {
  const { declared } = manifest;
  return {
    ...manifest,
    declared: { ...declared, environment: { ...declared.environment, location: digest } },
  };
}
