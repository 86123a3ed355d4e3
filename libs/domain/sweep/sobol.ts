import { bits, directionNumbers } from './direction-numbers.js';

/**
 * One coordinate of the Sobol sequence, unscrambled: the point of each index in [0, 1), in the order of the Gray code, from the
 * origin on. The origin stays: without it the first 2ᵏ points are no net (A. B. Owen, On dropping the first Sobol′ point, 2020).
 * @param dimension from 1
 */
export function sobol(dimension: number): (index: number) => number {
  const numbers = directionNumbers(dimension);
  return (index) => {
    let point = 0;
    for (let gray = (index ^ (index >>> 1)) >>> 0, bit = 0; gray !== 0; gray >>>= 1, bit++)
      if (gray & 1) point ^= numbers[bit] as number;
    return (point >>> 0) / 2 ** bits;
  };
}
