import type { Instant, StreamId } from '#kernel';
import { formatVerifierKey, keyStreamOf, openRotations, type KeyRotation, type VerifierKey } from '#evidence';
import type { SigningKeyRotated } from './events.js';

/** Where the rotations of a log's keys are. */
export const signingKeyStream = (origin: string): StreamId => keyStreamOf(origin) as StreamId;

/** Nothing when that is where the log went last. @throws what `openRotations` throws */
export function rotated(
  statements: readonly string[],
  statement: string,
  at: Instant,
): readonly SigningKeyRotated[] {
  const [rotation] = openRotations([statement]);
  const last = openRotations(statements).at(-1);
  if (rotation === undefined || (last !== undefined && pairOf(last) === pairOf(rotation))) return [];
  openRotations([...statements, statement]);
  const { before, next, lastSize } = rotation;
  return [
    {
      ...{ type: 'SigningKeyRotated', before: textOf(before), next: textOf(next) },
      ...{ lastSize: String(lastSize), statement, at },
    },
  ];
}

const textOf = ({ name = '', publicKey }: VerifierKey): string => formatVerifierKey(name, publicKey);
const pairOf = ({ before, next }: KeyRotation): string => `${textOf(before)} ${textOf(next)}`;
