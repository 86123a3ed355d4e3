import type { EventStore, Position } from '../event-store.js';

/** A new, empty store of one engine, and what only the engine's own test can do to it. */
export interface EventStoreUnderTest {
  readonly store: EventStore;
  /** Another client of the same data; the same store where the engine is this process. */
  connect(): Promise<EventStore>;
  /** Closes every client and opens the same data anew. */
  reopen(): Promise<EventStore>;
  /** A position of this engine after every event there is, as a newer store would have given it. */
  beyond(position: Position): Position;
  /** Closes what is open and removes the data. */
  dispose(): Promise<void>;
}

/** Opens one for each test. */
export type OpenUnderTest = () => Promise<EventStoreUnderTest>;
