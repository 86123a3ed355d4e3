import { expect, it } from '@jest/globals';
import type { Digest } from '#kernel';
import { digestBytes } from '#evidence';
import type { ArtifactStore } from '#artifact-store';
import { openBlobGraph, rememberedNodes } from './blob-graph.js';

/** Blobs in memory, and which of them were looked for. */
function stored(...texts: readonly string[]) {
  const blobs = new Map(texts.map((text) => [digestBytes(Buffer.from(text)), Buffer.from(text)]));
  const asked: Digest[] = [];
  const store = {
    stat(digest: Digest) {
      asked.push(digest);
      const bytes = blobs.get(digest);
      return Promise.resolve(bytes && { digest, sizeBytes: bytes.length, storedAt: '' });
    },
    async *get(digest: Digest) {
      yield* [blobs.get(digest) as Uint8Array];
    },
  } as unknown as ArtifactStore;
  return { store, asked, digests: [...blobs.keys()] };
}

const reachedFrom = async (root: Digest, ...graph: Parameters<typeof openBlobGraph>) => {
  const reached = new Set<Digest>();
  await openBlobGraph(...graph).reach([root], reached);
  return [...reached];
};

it('reads what blobs mention once for all who remember it', async () => {
  const leaf = digestBytes(Buffer.from('leaf'));
  const { store, asked, digests } = stored(JSON.stringify({ file: leaf }), 'leaf');
  const [root] = digests as [Digest];
  const nodes = rememberedNodes();
  for (let i = 0; i < 2; i++) expect(await reachedFrom(root, store, nodes)).toEqual(digests);
  expect(asked).toEqual(digests);
  await reachedFrom(root, store);
  expect(asked).toEqual([...digests, ...digests]);
});

it('forgets what came first where more digests are mentioned than may be in memory', () => {
  const [a, b, c] = ['a', 'b', 'c'].map((text) => digestBytes(Buffer.from(text))) as [Digest, Digest, Digest];
  const nodes = rememberedNodes(4);
  for (const digest of [a, b, b, c]) nodes.set(digest, { sizeBytes: 1, mentions: [a] });
  expect([a, b, c].map((digest) => nodes.get(digest) !== undefined)).toEqual([false, true, true]);
  nodes.set(a, { sizeBytes: 1, mentions: [a, b, c, a] });
  expect([a, b, c].map((digest) => nodes.get(digest))).toEqual([undefined, undefined, undefined]);
});
