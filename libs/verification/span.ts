import { hashBytes, merkleLeafHash, merkleNodeHash, tilePath, tileWidth } from '#evidence';
import type { FoundEvent, Unreadable } from './event-source.js';
import { hashAt, hashOfPrefixed, sameBytes, sha256Hex, subtreeHash } from './hashes.js';
import { leafText, loggedEvent, stampOf, type LoggedEvent } from './leaf.js';
import { entriesOf, tileOf } from './tiles.js';

/** Indexes of the log to look at; `from` begins a tile, `to` is exclusive. */
export interface Span {
  readonly from: number;
  readonly to: number;
  /** Sizes of earlier checkpoints within it, `from` exclusive. */
  readonly sizes: readonly number[];
}

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

/** When the events of a span were recorded, in the order of the store. */
export interface Times {
  readonly indexes: Float64Array;
  readonly epochMs: Float64Array;
  /** Index into `names`; −1 for none. */
  readonly instances: Int32Array;
  readonly orders: Float64Array;
  readonly names: readonly string[];
}

export interface SpanResult {
  readonly span: Span;
  readonly read: number;
  /** Hashes of its full tiles, in a row. */
  readonly tiles: Uint8Array;
  /** Of each size: the hashes of the subtrees of the tile that it ends in, the largest first; nothing where it ends with a tile. */
  readonly ends: readonly { readonly size: number; readonly subtrees: readonly Uint8Array[] }[];
  readonly unlike: readonly Unlike[];
  readonly unreadable: readonly Unreadable[];
  readonly damaged: readonly FileDamage[];
  readonly times: Times;
}

export interface LogTile {
  readonly n: number;
  readonly width: number;
  readonly bundle: Uint8Array | undefined;
  readonly hashes: Uint8Array | undefined;
}

/** Room for a bundle of entries of 65,535 bytes. */
const scratch = Buffer.allocUnsafe(tileWidth * (65_535 + 2));
const longestLeaf = 65_535;

/** Everything that can be said of a span by itself. */
export function checkSpan(
  span: Span,
  {
    events,
    unreadable,
  }: { readonly events: readonly FoundEvent[]; readonly unreadable: readonly Unreadable[] },
  logTiles: readonly LogTile[],
): SpanResult {
  const { times, stampedAt } = timesOf(events);
  const full: Uint8Array[] = [];
  const unlike: Unlike[] = [];
  const damaged: FileDamage[] = [];
  const ends: { size: number; subtrees: readonly Uint8Array[] }[] = [];
  let next = 0;
  for (const tile of logTiles) {
    const first = tile.n * tileWidth;
    const begin = next;
    while (next < events.length && (events[next] as FoundEvent).index < first + tile.width) next++;
    const here = events.slice(begin, next).filter(({ index }) => index >= first);
    const leaves = leavesOf(tile, here, (i) => stampedAt(begin + i), unlike, damaged);
    for (const size of span.sizes.filter((one) => one > first && one <= first + tile.width))
      ends.push({ size, subtrees: subtreesOf(leaves, (size - first) % tileWidth) });
    if (tile.width === tileWidth) full.push(subtreeHash(leaves));
  }
  return {
    ...{ span, read: events.length, tiles: Buffer.concat(full), ends, unlike, unreadable, damaged, times },
  };
}

/** The leaf hashes of a tile, as most of store, entries and tile have them. */
function leavesOf(
  tile: LogTile,
  events: readonly FoundEvent[],
  recordedAt: (i: number) => string,
  unlike: Unlike[],
  damaged: FileDamage[],
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

/** The subtrees of the first `count` leaves, the largest first. */
export function subtreesOf(leaves: Uint8Array, count: number): readonly Uint8Array[] {
  const subtrees: Uint8Array[] = [];
  let at = 0;
  for (let width = tileWidth / 2; width >= 1; width /= 2) {
    if ((count & width) === 0) continue;
    subtrees.push(Uint8Array.from(subtreeHash(leaves.subarray(at * hashBytes, (at + width) * hashBytes))));
    at += width;
  }
  return subtrees;
}

/** The root over subtrees, the largest first; undefined for none. */
export const rootOver = (subtrees: readonly Uint8Array[]): Uint8Array | undefined =>
  subtrees.length === 0 ? undefined : subtrees.reduceRight((right, left) => merkleNodeHash(left, right));

function timesOf(events: readonly FoundEvent[]) {
  const { length } = events;
  const recorded: string[] = [];
  const names: string[] = [];
  const numbers = new Map<string, number>();
  const [indexes, epochMs, orders] = [
    new Float64Array(length),
    new Float64Array(length),
    new Float64Array(length),
  ];
  const instances = new Int32Array(length);
  for (const [i, { index, bytes }] of events.entries()) {
    const { recordedAt, instance, instanceOrder } = stampOf(bytes);
    recorded.push(recordedAt);
    indexes[i] = index;
    epochMs[i] = Date.parse(recordedAt);
    orders[i] = instanceOrder;
    if (instance === '') {
      instances[i] = -1;
      continue;
    }
    let number = numbers.get(instance);
    if (number === undefined) {
      numbers.set(instance, (number = names.length));
      names.push(instance);
    }
    instances[i] = number;
  }
  const times: Times = { indexes, epochMs, instances, orders, names };
  return { times, stampedAt: (i: number) => recorded[i] as string };
}
