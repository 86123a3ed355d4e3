import type { SampledAxis } from './space.js';

/** The value of an axis for a draw in [0, 1). */
export function draw({ from, to, scale, integer }: SampledAxis, unit: number): number {
  const end = integer ? to + 1 : to;
  const value = scale === 'log' ? from * power(end / from, unit) : from + (end - from) * unit;
  // Rounding may reach the end.
  return Math.min(integer ? Math.floor(value) : value, to);
}

/**
 * base^exponent for an exponent in [0, 1), by square roots and products alone: IEEE 754 rounds these the same way everywhere,
 * which `Math.pow` and `Math.log` do not promise.
 */
function power(base: number, exponent: number): number {
  let [result, root, rest] = [1, base, exponent];
  while (rest > 0) {
    root = Math.sqrt(root);
    rest *= 2;
    if (rest >= 1) {
      result *= root;
      rest -= 1;
    }
  }
  return result;
}
