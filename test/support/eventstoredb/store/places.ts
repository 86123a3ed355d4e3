import type { History } from './history.js';
import { at, isAfter, type Position } from './position.js';

/**
 * Index of the first event at or after `position`, among the durable ones; their number when there is none. Undefined when no record begins
 * there: positions are byte offsets, and the real server refuses one that is not where something was written.
 */
export function firstAt(history: History, position: Position): number | undefined {
  const index = history.positions.lowerBound(position.commit);
  if (index >= history.visible) return history.visible;
  const offset = history.positions.at(index);
  if (position.commit > 0 && offset !== position.commit) return undefined;
  return isAfter(position, at(offset)) ? index + 1 : index;
}

/** Where the newest durable record begins. */
export const lastPosition = (history: History): Position =>
  at(history.visible === 0 ? 0 : history.positions.at(history.visible - 1));
