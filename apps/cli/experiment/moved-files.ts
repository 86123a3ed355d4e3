import { isDomainError } from '#kernel';
import { parseTree, type Tree, type TreeEntry } from '#evidence';
import { checkedBytes } from '../run/fetch-output.js';
import type { Session } from '../session.js';

const mostNamed = 8;
const largestManifestBytes = 16 * 2 ** 20;

/**
 * `code: main.mjs changed`, one line a file. A lock holds only the digest of the code, so the server is asked for what it was; where nobody ran it
 * there, no file can be named.
 */
export async function movedFiles(
  session: Pick<Session, 'connection' | 'signal'>,
  earlier: string,
  now: Tree,
): Promise<readonly string[]> {
  const before = await knownTree(session, earlier);
  return before === undefined ? [] : movedEntries(before, now);
}

export function movedEntries(before: Tree, now: Tree): readonly string[] {
  const [old, found] = [before, now].map(
    ({ entries }) => new Map(entries.map((entry) => [entry.path, entry])),
  ) as [Map<string, TreeEntry>, Map<string, TreeEntry>];
  const moved = [...new Set([...old.keys(), ...found.keys()])].sort().flatMap((path) => {
    const what = change(old.get(path), found.get(path));
    return what === undefined ? [] : [`code: ${path} ${what}`];
  });
  const more = moved.length - mostNamed;
  return more > 0 ? [...moved.slice(0, mostNamed), `code: … and ${more} more`] : moved;
}

function change(before: TreeEntry | undefined, now: TreeEntry | undefined): string | undefined {
  if (before === undefined) return 'added';
  if (now === undefined) return 'removed';
  if (before.digest !== now.digest || before.target !== now.target) return 'changed';
  return before.mode === now.mode ? undefined : 'has another mode';
}

async function knownTree(session: Pick<Session, 'connection' | 'signal'>, digest: string) {
  const pieces: Buffer[] = [];
  let sizeBytes = 0;
  try {
    for await (const piece of checkedBytes(session, digest)) {
      pieces.push(piece);
      if ((sizeBytes += piece.length) > largestManifestBytes) return undefined;
    }
    return parseTree(Buffer.concat(pieces));
  } catch (error) {
    if (session.signal.aborted || !isDomainError(error)) throw error;
    return undefined;
  }
}
