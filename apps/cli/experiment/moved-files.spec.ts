import { describe, expect, it } from '@jest/globals';
import { DomainError } from '#kernel';
import { digestBytes, treeDigest, treeManifest, treeOf, type TreeEntry } from '#evidence';
import type { Connection } from '#rpc';
import { stream } from '../testing/answering.js';
import { movedFiles } from './moved-files.js';

const file = (path: string, text = path, more: Partial<TreeEntry> = {}): TreeEntry => {
  const bytes = Buffer.from(text);
  return { path, sizeBytes: bytes.length, digest: digestBytes(bytes), mode: '100644', ...more };
};
const serving = (getBlob: () => AsyncIterable<unknown>) => ({
  signal: new AbortController().signal,
  connection: () => Promise.resolve({ provenance: { getBlob } } as unknown as Connection),
});
const before = treeOf([file('a.mjs'), file('b.mjs'), file('c.sh'), file('same.md')]);

describe('the files of code that moved', () => {
  it('are named by what became of them', async () => {
    const now = treeOf([
      file('b.mjs', 'other'),
      file('c.sh', 'c.sh', { mode: '100755' }),
      file('d'),
      file('same.md'),
    ]);
    const known = serving(() => stream({ data: Buffer.from(treeManifest(before)) }));
    expect(await movedFiles(known, treeDigest(before), now)).toEqual([
      'code: a.mjs removed',
      'code: b.mjs changed',
      'code: c.sh has another mode',
      'code: d added',
    ]);
  });

  it('are named up to eight', async () => {
    const now = treeOf([...before.entries, ...Array.from({ length: 20 }, (_, i) => file(`x${i + 10}`))]);
    const known = serving(() => stream({ data: Buffer.from(treeManifest(before)) }));
    const said = await movedFiles(known, treeDigest(before), now);
    expect([said.length, said[0], said.at(-1)]).toEqual([9, 'code: x10 added', 'code: … and 12 more']);
  });

  it('are not named where the server does not know the code, or gives something else', async () => {
    const nowhere = serving(() => {
      throw new DomainError('not-found', 'BLOB_NOT_FOUND', 'it is not here');
    });
    const other = serving(() => stream({ data: Buffer.from('{}') }));
    for (const session of [nowhere, other])
      expect(await movedFiles(session, treeDigest(before), treeOf([]))).toEqual([]);
    const broken = serving(() => {
      throw new TypeError('a mistake of ours');
    });
    await expect(movedFiles(broken, treeDigest(before), treeOf([]))).rejects.toThrow('a mistake');
  });
});
