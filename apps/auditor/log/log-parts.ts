import type { Clock, FaultPoint } from '#kernel';
import type { ReadTile, Signer } from '#evidence';
import type { EventStore } from '#event-store';
import type { ReadStore } from '#read-store';
import type { TileStore } from '#tile-store';

/** The log's keys, as the event store tells of them. */
export interface KeyChain {
  /** Statements of rotations, oldest first. */
  statements(origin: string): Promise<readonly string[]>;
  /** Nothing when it is the last one already. @throws ROTATION_FORKED, ROTATION_BACKWARDS */
  rotate(origin: string, statement: string): Promise<void>;
}

/** What the audit log is made with. Opened with the first event; until then nothing of it costs anything. */
export interface LogParts {
  readonly eventStore: EventStore;
  readonly readStore: ReadStore;
  readonly clock: Clock;
  /** Names this instance in leases. */
  readonly owner: string;
  tiles(): Promise<TileStore>;
  /** The present key. */
  signer(): Promise<Signer>;
  /** The key before it, by which the newest checkpoint may still be signed. */
  signerBefore?(): Promise<Signer>;
  readonly keyChain: KeyChain;
  /** Asks witnesses to cosign; resolves to signature lines, none when they do not answer. */
  cosign?(note: string, size: number, read: ReadTile): Promise<readonly string[]>;
  readonly onError: (error: unknown) => void;
  /** Where tests kill the process. */
  readonly reach?: FaultPoint | undefined;
}
