import { describe, expect, it } from '@jest/globals';
import type { Digest, Instant } from '#kernel';
import { digestBytes } from '#evidence';
import { foundLately } from './found-lately.js';

const [a, b] = ['a', 'b'].map((letter) => `sha256:${letter.repeat(64)}` as Digest) as [Digest, Digest];

function opened() {
  const there = new Set([a]);
  const asked: Digest[] = [];
  let nowMs = 0;
  const found = foundLately(
    {
      async missing(digests) {
        asked.push(...digests);
        return digests.filter((digest) => !there.has(digest));
      },
      async stat(digest) {
        asked.push(digest);
        return there.has(digest) ? { digest, sizeBytes: 1, storedAt: '' as Instant } : undefined;
      },
      async put(bytes) {
        const digest = digestBytes(bytes as Uint8Array);
        asked.push(digest);
        return { digest, sizeBytes: (bytes as Uint8Array).length };
      },
      async read(digest) {
        asked.push(digest);
        return new Uint8Array(digest === a ? 10 : 2 ** 17);
      },
      delete: async (digest) => there.delete(digest),
    },
    { monotonicMs: () => nowMs },
  );
  return { found, there, asked, pass: (ms: number) => (nowMs += ms) };
}

describe('blobs that were found lately', () => {
  it('asks again only for what was not there', async () => {
    const { found, there, asked } = opened();
    expect(await found.missing([a, b])).toEqual([b]);
    there.add(b);
    expect(await found.missing([a, b])).toEqual([]);
    expect(await found.missing([a, b])).toEqual([]);
    expect(asked).toEqual([a, b, b]);
  });

  it('asks again after ten seconds, and tells what has gone', async () => {
    const { found, there, pass } = opened();
    expect((await found.stat(a))?.sizeBytes).toBe(1);
    there.delete(a);
    pass(9999);
    expect((await found.stat(a))?.sizeBytes).toBe(1);
    pass(1);
    expect(await found.stat(a)).toBeUndefined();
    expect(await found.missing([a])).toEqual([a]);
  });

  it('knows no size of what was only said to be there', async () => {
    const { found, asked } = opened();
    await found.missing([a]);
    expect((await found.stat(a))?.sizeBytes).toBe(1);
    expect(asked).toEqual([a, a]);
  });

  it('keeps bytes of small ones, and none that are more than is asked for', async () => {
    const { found, asked, pass } = opened();
    for (const digest of [a, a, b, b]) expect((await found.read(digest)).length).toBeGreaterThan(0);
    expect(asked).toEqual([a, b, b]);
    await found.read(a, 9);
    pass(10_000);
    await found.read(a);
    expect(asked).toEqual([a, b, b, a, a]);
  });

  it('takes in again what it took in a moment ago no sooner than that, though it was found', async () => {
    const { found, asked, there, pass } = opened();
    const bytes = new Uint8Array(3);
    const digest = digestBytes(bytes);
    there.add(digest);
    await found.missing([digest]);
    for (const _ of [1, 2]) expect(await found.put(bytes)).toEqual({ digest, sizeBytes: 3 });
    pass(10_000);
    await found.put(bytes);
    expect(asked).toEqual([digest, digest, digest]);
  });

  it('knows nothing any more of what it removed', async () => {
    const { found, asked } = opened();
    const bytes = new Uint8Array(3);
    const digest = digestBytes(bytes);
    await found.put(bytes);
    await found.delete(digest);
    await found.put(bytes);
    expect(asked).toEqual([digest, digest]);
    await found.read(a);
    expect((await found.stat(a))?.sizeBytes).toBe(1);
    expect(await found.delete(a)).toBe(true);
    expect(await found.stat(a)).toBeUndefined();
    await found.read(a);
    expect(asked.slice(2)).toEqual([a, a, a, a]);
  });
});
