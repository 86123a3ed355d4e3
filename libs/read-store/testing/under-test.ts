import type { ReadStore } from '../read-store.js';

/** A new, empty store of one engine, and what only the engine's own test can do to it. */
export interface ReadStoreUnderTest {
  readonly store: ReadStore;
  /** Another client of the same data; the same store where the engine is this process. */
  connect(): Promise<ReadStore>;
  /** Closes every client and opens the same data anew. */
  reopen(): Promise<ReadStore>;
  /** Closes what is open and removes the data. */
  dispose(): Promise<void>;
}

/** Opens one for each test. */
export type OpenUnderTest = () => Promise<ReadStoreUnderTest>;
