import { describe, expect, it } from '@jest/globals';
import { drawn, killPoints } from './kill-points.js';

const nameOf = (fault: string) => fault.split('#')[0];

describe('the points at which a server is killed', () => {
  it('are twenty different ones, the same for the same seed', () => {
    expect(new Set(drawn('a').map(nameOf)).size).toBe(20);
    expect(drawn('a')).toEqual(drawn('a'));
    expect(drawn('a')).not.toEqual(drawn('b'));
  });

  it('all come up, over the seeds, at each passing they may be drawn at', () => {
    const seen = new Set(Array.from({ length: 500 }, (_, seed) => drawn(String(seed))).flat());
    const all = killPoints.flatMap(({ point, upTo }) =>
      Array.from({ length: upTo }, (_, n) => `${point}#${n + 1}`),
    );
    expect([...seen].sort()).toEqual(all.sort());
  });
});
