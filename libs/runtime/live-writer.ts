import type { Position } from '#event-store';
import type { Checkpoint } from '#read-store';
import {
  collectionWriter,
  type CollectionWriter,
  type Target,
  type WriterOptions,
} from './collection-writer.js';
import type { Rests } from './rests.js';
import type { Watermark } from './watermark.js';

/**
 * Where nobody waits, what changed is committed together with what comes so soon after it; that an unchanged model is further,
 * later still, or with the next one of the service that has changed.
 */
const [restMs, restUnchangedMs] = [20, 500];

/** A writer that is fed by a subscription: commits at once while somebody waits, else after a rest. */
export interface LiveWriter extends CollectionWriter {
  /** Up to here there is nothing more to fold. */
  heard(position: Position): void;
  /** Commits what is folded; a failure ends the feeding. */
  commit(): void;
  /** No commit comes by itself any more. */
  stop(): void;
}

export interface LiveOptions extends Omit<WriterOptions, 'commitLater'> {
  readonly watermark: Watermark;
  /** Whether somebody waits for what is shown beside this. */
  readonly isHurried: () => boolean;
  readonly rests: Rests;
  readonly onCommitted: (checkpoint: Checkpoint) => void;
  /** A commit has failed: `settled` says why. */
  readonly onFailed: () => void;
}

export function liveWriter(target: Target, options: LiveOptions): LiveWriter {
  const { rests, watermark, isHurried, onCommitted, onFailed, ...others } = options;
  const { projection, readStore } = options;
  const changedMs = Math.max(projection.restMs ?? restMs, readStore.restMs ?? 0);
  let end: Position | undefined;
  const commit = () => {
    rest.stop();
    writer.settled().catch(onFailed);
  };
  const rest = rests(commit);
  const writer = collectionWriter(target, {
    ...others,
    onCommitted(checkpoint) {
      onCommitted(checkpoint);
      watermark.advance(checkpoint.position as Position);
      if (end !== undefined && writer.isSettled()) watermark.advance(end);
    },
    commitLater(changed) {
      if (watermark.isAwaited() || isHurried()) commit();
      else rest.within(changed ? changedMs : restUnchangedMs);
    },
  });
  return {
    ...writer,
    commit,
    heard(position) {
      end = position;
      if (writer.isSettled()) watermark.advance(position);
    },
    stop: rest.stop,
  };
}
