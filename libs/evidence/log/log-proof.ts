import { DomainError } from '#kernel';
import { decodeBase64, encodeBase64, parseCount } from './base64.js';
import { openCheckpoint, type CheckpointPolicy, type OpenedCheckpoint } from './checkpoint.js';
import { hashBytes, merkleLeafHash } from './merkle.js';
import { verifyInclusion } from './verify-merkle.js';

/** That an entry is in a log (C2SP tlog-proof): everything but the keys that are trusted and the entry itself. */
export interface LogProof {
  readonly index: number;
  /** The sibling first. */
  readonly hashes: readonly Uint8Array[];
  /** A signed note, verbatim. */
  readonly checkpoint: string;
  /** Not covered by any signature. */
  readonly extra?: Uint8Array;
}

const firstLine = 'c2sp.org/tlog-proof@v1';

export function formatLogProof({ index, hashes, checkpoint, extra }: LogProof): string {
  const lines = [
    firstLine,
    ...(extra === undefined ? [] : [`extra ${encodeBase64(extra)}`]),
    `index ${index}`,
    ...hashes.map(encodeBase64),
  ];
  return `${lines.join('\n')}\n\n${checkpoint}`;
}

/** @throws PROOF_MALFORMED */
export function parseLogProof(text: string): LogProof {
  const end = text.length > 1 << 20 ? -1 : text.indexOf('\n\n');
  const [first, ...lines] = text.slice(0, Math.max(0, end)).split('\n');
  if (first !== firstLine) throw malformed(`it does not begin with ${firstLine}`);
  const extra = lines[0]?.startsWith('extra ') ? decodeBase64((lines.shift() as string).slice(6)) : null;
  if (extra === undefined) throw malformed('extra is not base64');
  const index = /^index (.*)$/.exec(lines.shift() ?? '')?.[1];
  const at = parseCount(index ?? '');
  if (at === undefined) throw malformed('no index');
  if (lines.length > 63) throw malformed('more than 63 hashes');
  const hashes = lines.map((line) => {
    const hash = decodeBase64(line);
    if (hash?.length !== hashBytes) throw malformed('a line is not a hash');
    return hash;
  });
  return { index: at, hashes, checkpoint: text.slice(end + 2), ...(extra === null ? {} : { extra }) };
}

/**
 * Proves that these exact bytes are the entry at the proof's index of a log whose checkpoint the policy accepts.
 * @throws PROOF_MALFORMED, PROOF_WRONG, and what `openCheckpoint` throws
 */
export function verifyLogProof(
  text: string,
  entry: Uint8Array,
  policy: CheckpointPolicy,
): { readonly index: number; readonly checkpoint: OpenedCheckpoint } {
  const { index, hashes, checkpoint: note } = parseLogProof(text);
  const checkpoint = openCheckpoint(note, policy);
  if (verifyInclusion(merkleLeafHash(entry), index, checkpoint.size, hashes, checkpoint.root))
    return { index, checkpoint };
  const message = `the entry is not at index ${index} of ${checkpoint.origin}`;
  throw new DomainError('integrity', 'PROOF_WRONG', message);
}

const malformed = (what: string): DomainError =>
  new DomainError('integrity', 'PROOF_MALFORMED', `not a log proof: ${what}`);
