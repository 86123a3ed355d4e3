import { canonicalize, hkdfSha256 } from '#evidence';
import type { Manifest } from './manifest.js';
import type { StepInstance } from './step-order.js';

const seedBytes = 32;

/**
 * The seed of a step, or of one fold of it, as 64 hex digits: HKDF-SHA-256 of the root seed (8 bytes big-endian), salt
 * `holdfast/seed/v1`, info the canonical JSON of `[step, fold or null]`.
 */
export function stepSeed(
  { pinned }: Pick<Manifest, 'pinned'>,
  { step, fold }: Pick<StepInstance, 'step' | 'fold'>,
): string {
  const root = new DataView(new ArrayBuffer(8));
  root.setBigUint64(0, BigInt(pinned.seed.root));
  const info = canonicalize([step, fold]);
  const seed = hkdfSha256(new Uint8Array(root.buffer), 'holdfast/seed/v1', info, seedBytes);
  return Array.from(seed, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
