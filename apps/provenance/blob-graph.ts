import { atMost, isDigest, type Digest } from '#kernel';
import { parseTree } from '#evidence';
import type { ArtifactStore } from '#artifact-store';
import { largestTreeBytes } from '#service';

/** One blob of the store, with what it mentions. */
export interface Node {
  readonly sizeBytes: number;
  /** Every digest written anywhere in a JSON blob: manifests, locks, lists of files. Other blobs mention nothing. */
  readonly mentions: readonly Digest[];
}

/** What blobs refer to. Content never changes, so each that is there is read once. */
export interface BlobGraph {
  /** Undefined when the store does not hold it. */
  node(digest: Digest): Promise<Node | undefined>;
  /** Adds everything that can be reached from `roots` and is in the store to `reached`. */
  reach(roots: Iterable<Digest>, reached: Set<Digest>): Promise<void>;
  /** Files that a list of files names; none for any other blob. */
  filesOf(digest: Digest): Promise<readonly Digest[]>;
}

export interface Nodes {
  get(digest: Digest): Node | undefined;
  set(digest: Digest, node: Node): unknown;
}

/** Nodes for whoever only asks what must stay, until so many digests are in memory; then those that came first go. */
export function rememberedNodes(mostDigests = 500_000): Nodes {
  const nodes = new Map<Digest, Node>();
  let digests = 0;
  return {
    get: (digest) => nodes.get(digest),
    set(digest, node) {
      if (!nodes.has(digest)) digests += 1 + node.mentions.length;
      nodes.set(digest, node);
      for (const [first, { mentions }] of nodes) {
        if (digests <= mostDigests) break;
        nodes.delete(first);
        digests -= 1 + mentions.length;
      }
    },
  };
}

/** Blobs that are read at once: a bucket takes its time to answer. */
const together = 16;
/** A digest's own length, so that none is lost between two pieces. */
const overlapChars = 'sha256:'.length + 64 - 1;

/** @param nodes what was read before; then a blob that was there once counts as being there */
export function openBlobGraph(artifacts: ArtifactStore, nodes: Nodes = new Map()): BlobGraph {
  const inTurn = atMost(together);

  async function node(digest: Digest): Promise<Node | undefined> {
    const known = nodes.get(digest);
    if (known) return known;
    const found = await artifacts.stat(digest);
    // What is not there may come yet.
    if (found === undefined) return undefined;
    const read = {
      sizeBytes: found.sizeBytes,
      mentions: found.sizeBytes > largestTreeBytes ? [] : await mentionsIn(artifacts, digest),
    };
    nodes.set(digest, read);
    return read;
  }

  return {
    node,
    async reach(roots, reached) {
      for (let pending = new Set(roots); pending.size > 0;) {
        const mentioned = new Set<Digest>();
        const look = async (digest: Digest) => {
          const found = await node(digest);
          if (found === undefined) return;
          reached.add(digest);
          for (const mention of found.mentions) mentioned.add(mention);
        };
        const fresh = [...pending].filter((digest) => !reached.has(digest));
        await Promise.all(fresh.map((digest) => inTurn(() => look(digest))));
        pending = mentioned;
      }
    },
    async filesOf(digest) {
      const found = await node(digest);
      if (found === undefined || found.mentions.length === 0) return [];
      if (!(await beginsWith(artifacts, digest, '{"entries":'))) return [];
      try {
        const { entries } = parseTree(await artifacts.read(digest, largestTreeBytes));
        return entries.filter(({ target }) => target === undefined).map((entry) => entry.digest);
      } catch {
        // A damaged list is told of as corrupt; a user's own JSON lists nothing.
        return [];
      }
    },
  };
}

/** Bytes are taken as they lie: what a damaged list still names is kept as well. */
async function mentionsIn(artifacts: ArtifactStore, digest: Digest): Promise<readonly Digest[]> {
  const found = new Set<Digest>();
  let before = '';
  try {
    for await (const bytes of artifacts.get(digest, { offset: 0 })) {
      const text = before + Buffer.from(bytes).toString('latin1');
      if (before === '' && !text.startsWith('{"')) return [];
      for (const [match] of text.matchAll(/sha256:[0-9a-f]{64}/g)) if (isDigest(match)) found.add(match);
      before = text.slice(-overlapChars);
    }
  } catch (error) {
    if ((error as { code?: string }).code !== 'BLOB_NOT_FOUND') throw error;
  }
  return [...found];
}

async function beginsWith(artifacts: ArtifactStore, digest: Digest, text: string): Promise<boolean> {
  const parts = await Array.fromAsync(artifacts.get(digest, { offset: 0, length: text.length }));
  return Buffer.concat(parts).toString('latin1') === text;
}
