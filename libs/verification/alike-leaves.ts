import { bundleOfTexts, tileWidth } from '#evidence';
import type { Page } from './event-source.js';
import { sameBytes, sha256Hex } from './hashes.js';
import { longestLeaf, stampIn } from './leaf.js';
import type { LogTile } from './tiles.js';
import type { TimesList } from './times.js';

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
  const leaves: string[] = [];
  let characters = 0;
  for (let i = 0, at = 0; i < width; i++) {
    const end = at + (lengths[i] as number);
    const stamp = stampIn(text.slice(at, end));
    times.add(first + i, stamp);
    const rest = rests[i] as string;
    const leaf = `{"bytesSha256":"${sha256Hex(bytes.subarray(at, end))}","eventId":"${uuidAt(hex, 32 * i)}","index":"${first + i}","recordedAt":"${stamp.recordedAt}${rest}`;
    if (rest.includes('\\') || leaf.length > longestLeaf) return undefined;
    leaves.push(leaf);
    characters += leaf.length;
    at = end;
  }
  const made = bundleOfTexts(leaves);
  const isAscii = made.bytes.length === characters + 2 * width;
  return isAscii && sameBytes(made.bytes, bundle) && sameBytes(made.hashes, hashes) ? made.hashes : undefined;
}

const uuidAt = (hex: string, at: number): string =>
  `${hex.slice(at, at + 8)}-${hex.slice(at + 8, at + 12)}-${hex.slice(at + 12, at + 16)}-${hex.slice(at + 16, at + 20)}-${hex.slice(at + 20, at + 32)}`;
