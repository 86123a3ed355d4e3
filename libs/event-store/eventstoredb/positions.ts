import { invalid, matches, shown } from '../checks.js';
import type { Position } from '../event-store.js';

/** As the engine writes it: byte offsets into its log, unsigned 64-bit numbers in decimal. */
export interface EnginePosition {
  readonly commit: string;
  readonly prepare: string;
}

const digits = 20;
const tokenPattern = /^\d{20}-\d{20}$/;

/** Where it does not know a position, the engine says −1 as an unsigned number, which has more digits than any position. */
export const isKnown = ({ commit, prepare }: EnginePosition): boolean =>
  commit.length < digits && prepare.length < digits;

/** Padded, so that the order of tokens as text is the order of the log. */
export const positionOf = ({ commit, prepare }: EnginePosition): Position =>
  `${commit.padStart(digits, '0')}-${prepare.padStart(digits, '0')}` as Position;

/** @throws BAD_POSITION */
export function enginePosition(token: Position): EnginePosition {
  assertPosition(token);
  const [commit = '', prepare = ''] = token.split('-').map((part) => part.replace(/^0+(?=\d)/, ''));
  return { commit, prepare };
}

/** @throws BAD_POSITION */
export function assertPosition(token: Position): void {
  if (!matches(tokenPattern, token))
    throw invalid('BAD_POSITION', `${shown(token)} is not a position of this store`);
}

/** @throws BAD_POSITION */
export function comparePositions(a: Position, b: Position): number {
  assertPosition(a);
  assertPosition(b);
  return a < b ? -1 : Number(a > b);
}

/** The later one; undefined is before everything. */
export const laterOf = (a: Position | undefined, b: Position | undefined): Position | undefined =>
  isAfter(b, a) ? b : a;

export const isAfter = (a: Position | undefined, b: Position | undefined): a is Position =>
  a !== undefined && (b === undefined || a > b);
