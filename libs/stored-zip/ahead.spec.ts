import { describe, expect, it } from '@jest/globals';
import { ahead } from './ahead.js';

/** Numbers as they are asked for; tells how many were made and when nobody wants more. */
function counting(failsAt = Infinity) {
  const seen = { made: 0, left: false };
  const source = async function* () {
    try {
      for (;;) {
        if (seen.made === failsAt) throw new Error('broken');
        yield await Promise.resolve(seen.made++);
      }
    } finally {
      seen.left = true;
    }
  };
  return { seen, pieces: ahead(source()) };
}

describe('ahead', () => {
  it('makes one more than was asked for, and lets go of it', async () => {
    const { seen, pieces } = counting();
    for await (const piece of pieces) if (piece === 4) break;
    expect(seen).toEqual({ made: 6, left: true });
  });

  it('tells of a failure where it stands, or not at all', async () => {
    const first = counting(2);
    const given: number[] = [];
    const take = async () => {
      for await (const piece of first.pieces) given.push(piece);
    };
    await expect(take()).rejects.toThrow('broken');
    expect(given).toEqual([0, 1]);
    const left = counting(1);
    for await (const piece of left.pieces) if (piece === 0) break;
    expect(left.seen.left).toBe(true);
  });
});
