/** A declared secret, to be found where it must not be. */
export interface SecretBytes {
  /** Of its variable. */
  readonly name: string;
  readonly bytes: Buffer;
  /** What is shown in its place; default `***`. */
  readonly shown?: Buffer;
}

/** Where the host has the folder of a step: nobody's business, and another one each time. What is in it is then at `/work`, as at every level. */
export const folderBytes = (root: string): SecretBytes => ({
  name: 'the folder of the step',
  bytes: Buffer.from(root),
  shown: Buffer.alloc(0),
});

export const secretBytes = (secrets: Readonly<Record<string, string>> = {}): SecretBytes[] =>
  Object.entries(secrets)
    .filter(([, value]) => value !== '')
    .map(([name, value]) => ({ name, bytes: Buffer.from(value) }))
    // A secret that holds another one is covered as a whole.
    .sort((a, b) => b.bytes.length - a.bytes.length);

const stars = Buffer.from('***');

export interface Mask {
  /** What of all that was given may be shown now: an end that could be the beginning of a secret is held back. */
  pass(piece: Buffer): Buffer;
  /** What was held back last. */
  end(): Buffer;
}

/** Puts what may be shown in place of secrets, wherever the pieces are cut. */
export function openMask(secrets: readonly SecretBytes[]): Mask {
  let held: Buffer = Buffer.alloc(0);
  return {
    pass(piece) {
      if (secrets.length === 0) return piece;
      const shown: Buffer[] = [];
      let rest = held.length === 0 ? piece : Buffer.concat([held, piece]);
      for (let hit = firstHit(rest, secrets); hit !== undefined; hit = firstHit(rest, secrets)) {
        shown.push(rest.subarray(0, hit.at), hit.shown);
        rest = rest.subarray(hit.at + hit.length);
      }
      const keep = openEnd(rest, secrets);
      held = Buffer.from(rest.subarray(rest.length - keep));
      return Buffer.concat([...shown, rest.subarray(0, rest.length - keep)]);
    },
    end() {
      const last = held;
      held = Buffer.alloc(0);
      return last;
    },
  };
}

/** The first secret in the text; of two at one place the longer. */
function firstHit(text: Buffer, secrets: readonly SecretBytes[]) {
  let first: { readonly at: number; readonly length: number; readonly shown: Buffer } | undefined;
  for (const { bytes, shown = stars } of secrets) {
    const at = text.indexOf(bytes);
    if (at !== -1 && (first === undefined || at < first.at)) first = { at, length: bytes.length, shown };
  }
  return first;
}

/** Length of the longest end of the text that a secret begins with. */
function openEnd(text: Buffer, secrets: readonly SecretBytes[]): number {
  let longest = 0;
  for (const { bytes } of secrets) {
    const from = Math.max(0, text.length - bytes.length + 1);
    for (
      let at = text.indexOf(bytes[0] as number, from);
      at !== -1;
      at = text.indexOf(bytes[0] as number, at + 1)
    ) {
      const length = text.length - at;
      if (length <= longest) break;
      if (text.compare(bytes, 0, length, at) === 0) longest = length;
    }
  }
  return longest;
}

/** Shorter values would be found in files that do not hold them. */
const shortestInFiles = 8;

/** Name of a secret that the bytes hold, wherever the pieces are cut. */
export async function findSecret(
  pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  secrets: readonly SecretBytes[],
): Promise<string | undefined> {
  const wanted = secrets.filter(({ bytes }) => bytes.length >= shortestInFiles);
  if (wanted.length === 0) return undefined;
  const overlap = Math.max(...wanted.map(({ bytes }) => bytes.length)) - 1;
  let tail: Buffer = Buffer.alloc(0);
  for await (const piece of pieces) {
    const text = Buffer.concat([tail, piece]);
    const found = wanted.find(({ bytes }) => text.includes(bytes));
    if (found !== undefined) return found.name;
    tail = text.subarray(Math.max(0, text.length - overlap));
  }
  return undefined;
}
