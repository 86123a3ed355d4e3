import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { bits, dimensions } from './direction-numbers.js';
import { sobol } from './sobol.js';

const every = Array.from({ length: dimensions }, (_, index) => index + 1);
const points = (count: number, of: readonly number[]) => {
  const coordinates = of.map(sobol);
  return Array.from({ length: count }, (_, index) => coordinates.map((coordinate) => coordinate(index)));
};

describe('the Sobol sequence', () => {
  it('begins as published by Joe and Kuo', () => {
    expect(points(10, [1, 2, 3])).toEqual([
      [0, 0, 0],
      [0.5, 0.5, 0.5],
      [0.75, 0.25, 0.25],
      [0.25, 0.75, 0.75],
      [0.375, 0.375, 0.625],
      [0.875, 0.875, 0.125],
      [0.625, 0.125, 0.875],
      [0.125, 0.625, 0.375],
      [0.1875, 0.3125, 0.9375],
      [0.6875, 0.8125, 0.4375],
    ]);
  });

  it('is that of SciPy 1.17.1, qmc.Sobol(32, scramble=False, bits=32), in 1,024 points of all 32 dimensions', () => {
    const bytes = Uint32Array.from(points(1024, every).flat(), (value) => value * 2 ** bits);
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(
      'efdcb1b1b34d3ee5c1847b7c18dc6c6b5b2b4ad2e0720ada11521a23f8bc18e8',
    );
  });

  it('puts one of any aligned 2^k points in a row into each of 2^k equal intervals, in every dimension', () => {
    fc.assert(
      fc.property(fc.constantFrom(...every), fc.nat(9), fc.nat(1000), (dimension, k, block) => {
        const coordinate = sobol(dimension);
        const size = 2 ** k;
        const cells = Array.from({ length: size }, (_, i) => Math.floor(coordinate(block * size + i) * size));
        expect(new Set(cells).size).toBe(size);
      }),
    );
  });

  it('is a net in its first two dimensions: every elementary rectangle of area 2^-k holds one of the first 2^k points', () => {
    for (const k of [2, 5, 8])
      for (let wide = 0; wide <= k; wide++) {
        const cells = points(2 ** k, [1, 2]).map(
          ([x = 0, y = 0]) => Math.floor(x * 2 ** wide) * 2 ** k + Math.floor(y * 2 ** (k - wide)),
        );
        expect(new Set(cells).size).toBe(2 ** k);
      }
  });
});
