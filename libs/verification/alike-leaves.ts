import { hashBytes, tileWidth } from '#evidence';
import type { Page } from './event-source.js';
import { hashOfPrefixed, sameBytes, sha256Hex } from './hashes.js';
import { longestLeaf, stampIn } from './leaf.js';
import type { LogTile } from './tiles.js';
import type { TimesList } from './times.js';

const backslash = 0x5c;

/**
 * The leaf hashes of a tile whose events are byte for byte what the log says, without an object for any of them. Undefined where
 * something is not, or may not be: names are put into the text of a leaf as they are, so that one with a quote or a backslash in it could
 * say what another event is. A leaf without a backslash holds no quote but its own, and what it says is said in one way only.
 */
export function alikeLeaves(
  { n, width, bundle, hashes }: LogTile,
  { bytes, lengths, ids, rests }: Page,
  times: TimesList,
): Uint8Array | undefined {
  if (lengths.length !== width) return undefined;
  const [first, text, hex] = [n * tileWidth, bytes.toString('latin1'), ids.toString('hex')];
  const ends: number[] = [];
  // Before each leaf there is room for its length, of two bytes.
  let all = '';
  for (let i = 0, at = 0; i < width; i++) {
    const end = at + (lengths[i] as number);
    const stamp = stampIn(text.slice(at, end));
    times.add(first + i, stamp);
    all += `\0\0{"bytesSha256":"${sha256Hex(bytes.subarray(at, end))}","eventId":"${uuidAt(hex, 32 * i)}","index":"${first + i}","recordedAt":"${stamp.recordedAt}${rests[i] as string}`;
    ends.push(all.length);
    at = end;
  }
  const entries = Buffer.from(all);
  if (entries.length !== all.length || entries.includes(backslash)) return undefined;

  const leaves = Buffer.alloc(width * hashBytes);
  for (let i = 0, at = 0; i < width; i++) {
    const end = ends[i] as number;
    if (end - at - 2 > longestLeaf) return undefined;
    // A leaf is hashed behind a zero.
    leaves.write(hashOfPrefixed(entries.subarray(at + 1, end)), i * hashBytes, 'latin1');
    entries.writeUInt16BE(end - at - 2, at);
    at = end;
  }
  return sameBytes(entries, bundle) && sameBytes(leaves, hashes) ? leaves : undefined;
}

const uuidAt = (hex: string, at: number): string =>
  `${hex.slice(at, at + 8)}-${hex.slice(at + 8, at + 12)}-${hex.slice(at + 12, at + 16)}-${hex.slice(at + 16, at + 20)}-${hex.slice(at + 20, at + 32)}`;
