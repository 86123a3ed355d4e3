import type { Digest } from '#kernel';
import type { ArtifactStore } from '../artifact-store.js';

/** What may happen to bytes at rest. */
export type Damage = 'flipped' | 'shortened' | 'lengthened' | 'emptied';

/** A new, empty store of one engine, and what only the engine's own test can do to it. */
export interface ArtifactStoreUnderTest {
  readonly store: ArtifactStore;
  /** Another client of the same data. */
  connect(): Promise<ArtifactStore>;
  /** Damages a blob behind the store's back. */
  damage(digest: Digest, how: Damage): Promise<void>;
  /** How many things the engine keeps besides whole blobs: parts, temporary files. */
  leftovers(): Promise<number>;
  /** Closes what is open and removes the data. */
  dispose(): Promise<void>;
}

/** Opens one for each test. */
export type OpenUnderTest = () => Promise<ArtifactStoreUnderTest>;
