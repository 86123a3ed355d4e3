/** What a declared sweep may be; asked before anything is built. */
export const sweepLimits = {
  axes: 32,
  /** Members in all. */
  members: 10_000,
  /** Characters of all axes as written. */
  chars: 256 * 1024,
  /** Characters of one text value. */
  valueChars: 1_000,
  /** Problems told of one axis. */
  problems: 20,
} as const;
