import { describe, expect, it } from '@jest/globals';
import { drawn, killPoints } from './kill-points.js';

const nameOf = (fault: string) => fault.split('#')[0];

describe('the points at which a server is killed', () => {
  it.each([12, 20])('are %i different ones, the same for the same seed', (tried) => {
    expect(new Set(drawn('a', tried).map(nameOf)).size).toBe(tried);
    expect(drawn('a', tried)).toEqual(drawn('a', tried));
    expect(drawn('a', tried)).not.toEqual(drawn('b', tried));
  });

  it('all come up, over the seeds, at each passing they may be drawn at', () => {
    const seen = new Set(Array.from({ length: 500 }, (_, seed) => drawn(String(seed), 12)).flat());
    const all = killPoints.flatMap(({ point, upTo }) =>
      Array.from({ length: upTo }, (_, n) => `${point}#${n + 1}`),
    );
    expect([...seen].sort()).toEqual(all.sort());
  });
});
