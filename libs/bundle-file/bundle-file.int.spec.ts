import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Digest } from '#kernel';
import { digestBytes, treeOf, type Tree } from '#evidence';
import { coreDigest, expectedOf, openBundle, writeBundle } from './index.js';

const blobs = new Map<Digest, Buffer>();
const keep = (text: string) => {
  const bytes = Buffer.from(text);
  blobs.set(digestBytes(bytes), bytes);
  return { digest: digestBytes(bytes), sizeBytes: bytes.length };
};
const core: Tree = treeOf([
  { path: 'code/run.sh', ...keep('#!/bin/sh\n'), mode: '100755' },
  { path: 'code/link', ...keep('run.sh'), mode: '120000', target: 'run.sh' },
  { path: 'empty', ...keep(''), mode: '100644' },
  { path: 'manifest.json', ...keep('{}'), mode: '100644' },
]);
const data = keep('a,b\n1,2\n');
const open = async function* (digest: Digest) {
  const bytes = blobs.get(digest);
  if (bytes === undefined) throw new Error('no such blob');
  yield bytes;
};

let dir: string;
let path: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'holdfast-bundle-'));
  path = join(dir, 'x.holdfast');
});
afterEach(() => rm(dir, { recursive: true }));

describe('a bundle as a file', () => {
  it('comes back as it was written, its size known before', async () => {
    let told = 0;
    const file = Buffer.concat(
      await Array.fromAsync(writeBundle({ core, beside: [data], open, onSize: (bytes) => (told = bytes) })),
    );
    expect(told).toBe(file.length);
    await writeFile(path, file);
    const bundle = await openBundle(path);
    expect([bundle.core, bundle.coreDigest, bundle.beside]).toEqual([core, coreDigest(core), [data.digest]]);
    for (const { name, digest } of expectedOf(bundle))
      expect(digestBytes(Buffer.concat(await Array.fromAsync(await bundle.read(name))))).toBe(digest);
    // A link is in the list only.
    expect(expectedOf(bundle).map(({ name }) => name)).not.toContain('code/link');
    bundle.close();
  });

  it('takes pieces that are only lent, and gives each out until the next is asked for', async () => {
    const bytes = Buffer.from(Uint32Array.from({ length: 200_000 }, (_, i) => i).buffer);
    const lending = async function* (digest: Digest): AsyncGenerator<Uint8Array> {
      const lent: Buffer[] = [];
      const sizes = [70_000, 10, 65_536, 30_000, 100_000, bytes.length];
      for (let at = 0; digest === big.digest && at < bytes.length;) {
        const piece = Buffer.from(bytes.subarray(at, at + (sizes.shift() ?? 0)));
        at += piece.length;
        lent.push(piece);
        if (lent.length > 2) lent.shift()?.fill(0xff);
        yield piece;
      }
      if (digest !== big.digest) yield* open(digest);
    };
    const big = { digest: digestBytes(bytes), sizeBytes: bytes.length };
    const contents = { core: treeOf([{ path: 'a', ...big, mode: '100644' }]), beside: [data] };
    const file: Buffer[] = [];
    for await (const piece of writeBundle({ ...contents, open: lending })) file.push(Buffer.from(piece));
    blobs.set(big.digest, bytes);
    const plain = Buffer.concat(await Array.fromAsync(writeBundle({ ...contents, open })));
    expect(Buffer.concat(file).equals(plain)).toBe(true);
  });

  it('lets go of what it reads when its reader leaves', async () => {
    const left = Promise.withResolvers<void>();
    const endless = async function* (): AsyncGenerator<Uint8Array> {
      try {
        for (;;) yield new Uint8Array(1024);
      } finally {
        left.resolve();
      }
    };
    const big = treeOf([{ path: 'a', digest: digestBytes('big'), sizeBytes: 2 ** 30, mode: '100644' }]);
    let bytes = 0;
    for await (const piece of writeBundle({ core: big, beside: [], open: endless }))
      if ((bytes += piece.length) > 2 ** 20) break;
    await left.promise;
    expect(bytes).toBeLessThan(2 ** 21);
  });

  it('fails as a whole when a member cannot be read', async () => {
    const lost = treeOf([{ path: 'a', digest: digestBytes('lost'), sizeBytes: 4, mode: '100644' }]);
    await expect(Array.fromAsync(writeBundle({ core: lost, beside: [], open }))).rejects.toThrow(
      'no such blob',
    );
  });

  it('is refused beyond its limits before anything is read', async () => {
    await writeFile(path, writeBundle({ core, beside: [data], open }));
    const limits = { entries: 10, totalBytes: 2 ** 20, manifestBytes: 2 ** 20 };
    (await openBundle(path, limits)).close();
    for (const less of [{ entries: 1 }, { totalBytes: 10 }, { manifestBytes: 10 }])
      await expect(openBundle(path, { ...limits, ...less })).rejects.toMatchObject({
        code: 'BUNDLE_INVALID',
      });
    await expect(openBundle(join(dir, 'absent'))).rejects.toMatchObject({ code: 'BUNDLE_UNREADABLE' });
  });
});
