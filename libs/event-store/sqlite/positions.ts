import { invalid, matches, positionUnknown, shown } from '../checks.js';
import type { Position } from '../event-store.js';

const positionPattern = /^[1-9]\d{0,15}$/;

export const position = (seq: number): Position => String(seq) as Position;

/** @throws BAD_POSITION */
export function sequence(token: Position): number {
  if (matches(positionPattern, token)) return Number(token);
  throw invalid('BAD_POSITION', `${shown(token)} is not a position of this store`);
}

/** The first sequence number after a position. @throws BAD_POSITION, POSITION_UNKNOWN */
export function firstAfter(after: Position | undefined, head: number): number {
  if (after === undefined) return 1;
  const seq = sequence(after);
  if (seq <= head) return seq + 1;
  throw positionUnknown(seq, head);
}
