/** A whole number below `bound`. */
export type Dice = (bound: number) => number;

/** The same numbers for the same seed (mulberry32 over a hash of the text). */
export function diceOf(seed: string): Dice {
  let state = 2166136261;
  for (const letter of seed) state = Math.imul(state ^ letter.charCodeAt(0), 16777619);
  return (bound) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % bound;
  };
}

type Mutate = (bytes: Buffer, dice: Dice) => Buffer;

const range = ({ length }: Buffer, dice: Dice): readonly [from: number, to: number] => {
  const from = dice(length);
  return [from, Math.min(length, from + 1 + dice(64))];
};
const joined = (...parts: readonly Uint8Array[]) => Buffer.concat(parts);

/** What can happen to bytes of which nothing is known. Each gives other bytes than it got, mostly. */
export const mutations: Readonly<Record<string, Mutate>> = {
  flip(bytes, dice) {
    const changed = Buffer.from(bytes);
    changed[dice(bytes.length)]! ^= 1 << dice(8);
    return changed;
  },
  overwrite(bytes, dice) {
    const changed = Buffer.from(bytes);
    changed[dice(bytes.length)] = dice(256);
    return changed;
  },
  zero(bytes, dice) {
    return Buffer.from(bytes).fill(0, ...range(bytes, dice));
  },
  truncate: (bytes, dice) => bytes.subarray(0, dice(bytes.length)),
  extend: (bytes, dice) => joined(bytes, Buffer.from(Array.from({ length: 1 + dice(64) }, () => dice(256)))),
  cut(bytes, dice) {
    const [from, to] = range(bytes, dice);
    return joined(bytes.subarray(0, from), bytes.subarray(to));
  },
  duplicate(bytes, dice) {
    const [from, to] = range(bytes, dice);
    return joined(bytes.subarray(0, to), bytes.subarray(from));
  },
  swap(bytes, dice) {
    const [from, to] = range(bytes, dice);
    const at = dice(Math.max(1, bytes.length - (to - from)));
    const changed = Buffer.from(bytes);
    bytes.copy(changed, at, from, to);
    bytes.copy(changed, from, at, at + (to - from));
    return changed;
  },
};
