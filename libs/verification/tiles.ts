import { decodeEntryBundle, hashBytes } from '#evidence';

/** What the log has of a tile; undefined where there is no such file. */
export interface LogTile {
  readonly n: number;
  readonly width: number;
  readonly bundle: Uint8Array | undefined;
  readonly hashes: Uint8Array | undefined;
}

/** The entries of a bundle; undefined when it does not hold exactly so many. */
export function entriesOf(bundle: Uint8Array, width: number): readonly Uint8Array[] | undefined {
  try {
    const entries = decodeEntryBundle(bundle, width);
    const bytes = entries.reduce((sum, { length }) => sum + 2 + length, 0);
    return bytes === bundle.length ? entries : undefined;
  } catch {
    return undefined;
  }
}

/** What a bundle with at least so many entries begins with. */
export function firstEntries(bundle: Uint8Array, width: number): Uint8Array {
  let at = 0;
  for (let i = 0; i < width && at + 2 <= bundle.length; i++)
    at += 2 + (((bundle[at] as number) << 8) | (bundle[at + 1] as number));
  return bundle.subarray(0, at);
}

/** A tile of so many hashes; undefined when it has another length. */
export const tileOf = (bytes: Uint8Array | undefined, width: number): Uint8Array | undefined =>
  bytes?.length === width * hashBytes ? bytes : undefined;
