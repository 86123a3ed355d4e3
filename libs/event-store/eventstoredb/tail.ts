import type { Position } from '../event-store.js';
import { isAfter } from './positions.js';

/** The newest position that this process knows of, whoever told it, and who wants to hear of a newer one. */
export interface Tail {
  head(): Position | undefined;
  saw(position: Position | undefined): void;
  /** Calls after each move; the returned function ends it. */
  onMove(tell: () => void): () => void;
}

export function openTail(): Tail {
  const waiting = new Set<() => void>();
  let head: Position | undefined;
  return {
    head: () => head,
    saw(position) {
      if (!isAfter(position, head)) return;
      head = position;
      for (const tell of waiting) tell();
    },
    onMove(tell) {
      waiting.add(tell);
      return () => waiting.delete(tell);
    },
  };
}
