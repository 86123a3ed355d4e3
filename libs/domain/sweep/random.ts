import type { Digest } from '#kernel';
import { digestBytes } from '#evidence';

const hexDigits = 13;

/**
 * The draws of one knob in [0, 1), each a function of its index alone: the first 52 bits of SHA-256 over `<key> <knob> <index>`.
 * Nothing is carried from one draw to the next, so any member can be made by itself.
 */
export const random =
  (key: Digest, knob: string): ((index: number) => number) =>
  (index) =>
    parseInt(digestBytes(`${key} ${knob} ${index}`).slice(7, 7 + hexDigits), 16) / 16 ** hexDigits;
