import { hkdfSha256 } from '#evidence';

/** Whole numbers from 0 up to but not including `n`, each as likely as the next; `n` at most 2^32. */
export type Draw = (n: number) => number;

const rotate = (x: number, by: number): number => (x << by) | (x >>> (32 - by));

/**
 * xoshiro128** (Blackman & Vigna 2018), its state 16 bytes of HKDF-SHA-256: IKM = seed as 8 bytes big-endian, salt
 * `holdfast/fold/v1`, info = name and version of the algorithm. Bounded by rejection of the top remainder.
 */
export function drawFrom(seed: number, algorithm: string): Draw {
  const key = new DataView(new ArrayBuffer(8));
  key.setBigUint64(0, BigInt(seed));
  const state = hkdfSha256(new Uint8Array(key.buffer), 'holdfast/fold/v1', algorithm, 16);
  const view = new DataView(state.buffer, state.byteOffset);
  let [a, b, c, d] = [0, 4, 8, 12].map((at) => view.getUint32(at)) as [number, number, number, number];
  const next = (): number => {
    const result = Math.imul(rotate(Math.imul(b, 5), 7), 9) >>> 0;
    const t = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= t;
    d = rotate(d, 11);
    return result;
  };
  return (n) => {
    const limit = 2 ** 32 - (2 ** 32 % n);
    for (;;) {
      const x = next();
      if (x < limit) return x % n;
    }
  };
}

/** Fisher–Yates from the end, in place. */
export function shuffle(items: Uint32Array, draw: Draw): Uint32Array {
  for (let i = items.length - 1; i > 0; i--) {
    const j = draw(i + 1);
    const taken = items[i] as number;
    items[i] = items[j] as number;
    items[j] = taken;
  }
  return items;
}
