import { hashBytes, merkleLeafHash, tilePath, tileWidth } from '#evidence';
import type { FoundEvent } from './event-source.js';
import { hashAt, hashOfPrefixed, sameBytes, sha256Hex } from './hashes.js';
import { leafText, loggedEvent, longestLeaf, type LoggedEvent } from './leaf.js';
import { entriesOf, tileOf, type LogTile } from './tiles.js';

/** An event of the store that the log does not have at its place. */
export interface Unlike {
  readonly index: number;
  readonly stored?: Omit<LoggedEvent, 'index'>;
  readonly logged?: LoggedEvent;
}

export interface FileDamage {
  readonly file: string;
  readonly what: 'missing' | 'changed';
  /** The first place where it is. */
  readonly index: number;
}

/** Where store, entries and tile are not alike. */
export interface Differences {
  readonly unlike: Unlike[];
  readonly damaged: FileDamage[];
}

/** Room for a bundle of entries of 65,535 bytes. */
const scratch = Buffer.allocUnsafe(tileWidth * (longestLeaf + 2));

/** The leaf hashes of a tile, as most of store, entries and tile have them. */
export function leavesOf(
  tile: LogTile,
  events: readonly FoundEvent[],
  recordedAt: (i: number) => string,
  { unlike, damaged }: Differences,
): Uint8Array {
  const { n, width, bundle } = tile;
  const first = n * tileWidth;
  const hashes = tileOf(tile.hashes, width);
  /** By place in the tile, which of the events it is, and the digest of its bytes. */
  const own: { readonly i: number; readonly sha256: string }[] = [];
  let count = 0;
  const leaves = Buffer.alloc(width * hashBytes);
  let at = 0;
  for (const [i, event] of events.entries()) {
    const sha256 = sha256Hex(event.bytes);
    const text = leafText(event, event.index, recordedAt(i), sha256);
    const length = text.length > longestLeaf ? 0 : scratch.write(text, at + 2);
    if (length > longestLeaf) continue;
    // The byte before a leaf is its length's; while it is hashed it is the zero that a leaf begins with.
    scratch[at + 1] = 0;
    leaves.write(
      hashOfPrefixed(scratch.subarray(at + 1, at + 2 + length)),
      (event.index - first) * hashBytes,
      'latin1',
    );
    scratch.writeUInt16BE(length, at);
    own[event.index - first] = { i, sha256 };
    count++;
    at += 2 + length;
  }
  const whole = count === width && events.length === width;
  if (whole && sameBytes(scratch.subarray(0, at), bundle) && sameBytes(leaves, hashes)) return leaves;

  const stored = Buffer.from(leaves);
  const entries = bundle === undefined ? undefined : entriesOf(bundle, width);
  let [entriesBad, tileBad] = [entries === undefined ? 0 : -1, hashes === undefined ? 0 : -1];
  for (let i = 0; i < width; i++) {
    const mine = own[i];
    const ofMine = mine === undefined ? undefined : hashAt(stored, i);
    const entry = entries?.[i];
    const ofEntry = entry === undefined ? undefined : merkleLeafHash(entry);
    const ofTile = hashes === undefined ? undefined : hashAt(hashes, i);
    const agreed = vote(ofMine, ofEntry, ofTile);
    if (agreed !== undefined) leaves.set(agreed, i * hashBytes);
    if (entriesBad === -1 && !sameBytes(ofEntry, agreed)) entriesBad = i;
    if (tileBad === -1 && !sameBytes(ofTile, agreed)) tileBad = i;
    if (sameBytes(ofMine, agreed)) continue;
    const logged = entry === undefined || !sameBytes(ofEntry, agreed) ? undefined : loggedEvent(entry);
    if (mine === undefined && logged === undefined && agreed === undefined) continue;
    unlike.push({
      index: first + i,
      ...(mine === undefined
        ? {}
        : { stored: storedFacts(events[mine.i] as FoundEvent, recordedAt(mine.i), mine.sha256) }),
      ...(logged === undefined ? {} : { logged }),
    });
  }
  const damage = (level: 'entries' | 0, bad: number, there: boolean) =>
    bad !== -1 &&
    damaged.push({
      file: tilePath({ level, index: n, width }),
      what: there ? 'changed' : 'missing',
      index: first + bad,
    });
  damage('entries', entriesBad, bundle !== undefined);
  damage(0, tileBad, tile.hashes !== undefined);
  return leaves;
}

/** What two of the three say; else what the log says, whose root decides. */
function vote(
  stored: Uint8Array | undefined,
  entry: Uint8Array | undefined,
  tile: Uint8Array | undefined,
): Uint8Array | undefined {
  if (sameBytes(stored, entry) || sameBytes(stored, tile)) return stored;
  return tile ?? entry ?? stored;
}

export const storedFacts = (
  { stream, revision, eventId, type }: FoundEvent,
  recordedAt: string,
  bytesSha256: string,
): Omit<LoggedEvent, 'index'> => ({ stream, revision, eventId, type, recordedAt, bytesSha256 });
