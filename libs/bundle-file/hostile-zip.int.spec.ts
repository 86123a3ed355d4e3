import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import yazl from 'yazl';
import { digestBytes, treeManifest, treeOf, type Tree, type TreeEntry } from '#evidence';
import { manifestName, openBundle, verifyBundle, writeBundle } from './index.js';
import { endBytes, writeZip } from '#stored-zip';

let dir: string;
let made = 0;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'holdfast-hostile-'));
});
afterAll(() => rm(dir, { recursive: true }));

async function fileOf(bytes: Uint8Array): Promise<string> {
  const path = join(dir, String(made++));
  await writeFile(path, bytes);
  return path;
}
const text = 'hello, hello, hello';
const entryOf = (path: string, more: Partial<TreeEntry> = {}): TreeEntry => ({
  ...{ path, digest: digestBytes(text), sizeBytes: text.length, mode: '100644' },
  ...more,
});
const one = treeOf([entryOf('a')]);
const open = async function* () {
  yield Buffer.from(text);
};
const written = async (core: Tree): Promise<Buffer> =>
  Buffer.concat(await Array.fromAsync(writeBundle({ core, beside: [], open })));

type Part = readonly [name: string, bytes: Uint8Array | string, options?: object];
/** As another tool, or a hostile hand, would write it. */
async function zipOf(parts: readonly Part[], comment?: string): Promise<Buffer> {
  const zip = new yazl.ZipFile();
  for (const [name, bytes, options] of parts)
    zip.addBuffer(Buffer.from(bytes), name, {
      ...{ compress: false, mtime: new Date(1980, 0, 1), mode: 0o100644, forceDosTimestamp: true },
      ...options,
    });
  zip.end(comment === undefined ? undefined : ({ comment } as never));
  return Buffer.concat(await Array.fromAsync(zip.outputStream as AsyncIterable<Buffer>));
}
const list = (tree: Tree): Part => [manifestName, treeManifest(tree)];
const a: Part = ['a', text];

/** Changes every place where it stands. */
const replaced = (bytes: Buffer, from: string, to: string): Buffer =>
  Buffer.from(bytes.toString('latin1').replaceAll(from, to), 'latin1');
const patched = (bytes: Buffer, patch: (copy: Buffer) => void): Buffer => {
  const copy = Buffer.from(bytes);
  patch(copy);
  return copy;
};
const centralOf = (bytes: Buffer, nth: number): number => {
  let at = bytes.readUInt32LE(bytes.length - 6);
  for (let i = 0; i < nth; i++) at += 46 + bytes.readUInt16LE(at + 28) + bytes.readUInt16LE(at + 30);
  return at;
};

describe('a hostile zip', () => {
  it('is one only where it deviates: what another writer of zips made is opened too', async () => {
    for (const bytes of [await written(one), await zipOf([list(one), a])])
      (await openBundle(await fileOf(bytes))).close();
    // With the time said twice, as bundles of before had it.
    const before = await zipOf(
      [list(one), a].map(([name, bytes]) => [name as string, bytes, { forceDosTimestamp: false }] as Part),
    );
    (await openBundle(await fileOf(before))).close();
  });

  it.each<[what: string, make: () => Promise<Buffer>, says: RegExp]>([
    ['an entry that nobody listed', () => zipOf([list(one), a, ['b', 'y']]), /"b" is not listed$/],
    ['one that is missing', () => zipOf([list(one)]), /"a" is listed but missing/],
    ['one of another size', () => zipOf([list(one), ['a', 'xx']]), /has 2 bytes, listed are 19/],
    ['the same name twice', () => zipOf([list(one), a, a]), /"a" is there twice/],
    ['two lists', () => zipOf([list(one), list(one), a]), /"holdfast-bundle.json" is there twice/],
    ['no list', () => zipOf([a]), /holdfast-bundle.json is missing/],
    ['a list that is none', () => zipOf([[manifestName, '{"entries":[]}']]), /tree manifest/],
    [
      'a list nested a million deep',
      () => zipOf([[manifestName, `{"entries":${'['.repeat(1e6)}${']'.repeat(1e6)}}`]]),
      /nested|deep/,
    ],
    ['a blob beside it under no digest', () => zipOf([list(one), a, ['blobs/abc', 'y']]), /is not listed/],
    ['a proof under no id', () => zipOf([list(one), a, ['proofs/x.leaf', 'y']]), /is not listed/],
    [
      'a bomb: an entry that expands',
      () => zipOf([list(one), ['a', Buffer.alloc(2 ** 20), { compress: true }]]),
      /is compressed/,
    ],
    [
      'a bomb of entries that lie over one another',
      async () =>
        patched(await zipOf([list(one), a, ['b', text]]), (copy) =>
          copy.writeUInt32LE(copy.readUInt32LE(centralOf(copy, 1) + 42), centralOf(copy, 2) + 42),
        ),
      /does not begin where the one before it ends/,
    ],
    [
      'an entry that claims more than there is',
      async () =>
        patched(await zipOf([list(one), a]), (copy) => {
          copy.writeUInt32LE(0xfffffff0, centralOf(copy, 1) + 20);
          copy.writeUInt32LE(0xfffffff0, centralOf(copy, 1) + 24);
        }),
      /between its parts/,
    ],
    [
      'a count of entries that is not true',
      async () => patched(await written(one), (copy) => copy.writeUInt16LE(3, copy.length - endBytes + 10)),
      /its end is not right/,
    ],
    [
      'four thousand million entries',
      async () => {
        const bytes = await written(one);
        const end64 = Buffer.alloc(76);
        end64.writeUInt32LE(0x06064b50, 0);
        end64.writeBigUInt64LE(2n ** 32n, 32);
        end64.writeBigUInt64LE(2n ** 63n, 48);
        const end = Buffer.from(bytes.subarray(bytes.length - endBytes));
        end.writeUInt16LE(0xffff, 10);
        return Buffer.concat([bytes.subarray(0, -endBytes), end64, end]);
      },
      /a number in it is too large|entries, at most/,
    ],
    ['a symbolic link', () => zipOf([list(one), ['a', text, { mode: 0o120777 }]]), /is no regular file/],
    ['a device', () => zipOf([list(one), ['a', text, { mode: 0o020666 }]]), /is no regular file/],
    [
      'a folder',
      async () => replaced(await zipOf([list(one), ['bb', text]]), 'bb', 'b/'),
      /is no regular file/,
    ],
    [
      'a file that became executable',
      () => zipOf([list(one), ['a', text, { mode: 0o100755 }]]),
      /another mode/,
    ],
    ['a setuid file', () => zipOf([list(one), ['a', text, { mode: 0o104644 }]]), /another mode/],
    [
      'a name that leads outside',
      async () => replaced(await zipOf([list(one), ['aaaa', text]]), 'aaaa', '../a'),
      /leads elsewhere/,
    ],
    [
      'an absolute name',
      async () => replaced(await zipOf([list(one), ['aaaa', text]]), 'aaaa', '/a/b'),
      /leads elsewhere/,
    ],
    [
      'a name of Windows',
      async () => replaced(await zipOf([list(one), ['aaaa', text]]), 'aaaa', 'c:\\a'),
      /leads elsewhere/,
    ],
    [
      'a listed name that leads outside',
      () => zipOf([list(treeOf([entryOf('../a')])), a]),
      /has the segment \.\./,
    ],
    [
      'two listed names that differ in case',
      () => zipOf([list(treeOf([entryOf('A'), entryOf('a')])), a]),
      /only in case or form/,
    ],
    [
      'a name that is no UTF-8',
      async () => replaced(await zipOf([list(one), ['aaaa', text]]), 'aaaa', '\xff\xfe\xfd\xfc'),
      /not UTF-8/,
    ],
    [
      'another name in front of the bytes than in the list of entries',
      async () => patched(await written(one), (copy) => copy.write('b', copy.indexOf(`a${text}`))),
      /announced as something else/,
    ],
    [
      'bytes between two entries',
      async () => {
        const bytes = await written(one);
        const at = bytes.readUInt32LE(centralOf(bytes, 1) + 42);
        const more = Buffer.concat([bytes.subarray(0, at), Buffer.from('#!/bin/sh'), bytes.subarray(at)]);
        return patched(more, (copy) => {
          copy.writeUInt32LE(copy.readUInt32LE(copy.length - 6) + 9, copy.length - 6);
          copy.writeUInt32LE(at + 9, centralOf(copy, 1) + 42);
        });
      },
      /does not begin where the one before it ends/,
    ],
    [
      'bytes in front',
      async () => Buffer.concat([Buffer.from('#!/bin/sh\n'), await written(one)]),
      /stands before, behind or between/,
    ],
    [
      'bytes behind',
      async () => Buffer.concat([await written(one), Buffer.from('x')]),
      /does not end as one/,
    ],
    ['a comment', () => zipOf([list(one), a], 'hello'), /does not end as one|behind/],
    [
      'a comment of an entry',
      () => zipOf([list(one), ['a', text, { fileComment: 'x' }]]),
      /between its parts|not written as/,
    ],
    [
      'another time',
      () => zipOf([list(one), ['a', text, { mtime: new Date(2020, 1, 1) }]]),
      /not written as an entry/,
    ],
    [
      'an encrypted entry',
      async () => patched(await written(one), (copy) => copy.writeUInt16LE(0x0809, centralOf(copy, 1) + 8)),
      /is encrypted/,
    ],
    ['nothing at all', async () => Buffer.alloc(0), /too short/],
    ['no zip', async () => Buffer.from('hello, this is no zip at all'), /does not end as one/],
  ])('is refused: %s', async (_, make, says) => {
    const { problems, proven } = await verifyBundle(await fileOf(await make()));
    expect(proven).toEqual([]);
    expect(problems.map(({ message, field }) => `"${field}" ${message}`).join('\n')).toMatch(says);
  });

  it('says what was changed where digests do not see it: sums of the zip itself', async () => {
    const bytes = await written(one);
    const path = await fileOf(patched(bytes, (copy) => void (copy[centralOf(copy, 1) + 16]! ^= 1)));
    expect((await verifyBundle(path)).problems).toMatchObject([
      { field: 'a', message: 'entry "a" has another sum than the zip says' },
      { field: '' },
    ]);
  });

  it('is not read where there is no file to end: a folder, a pipe, a link to nothing', async () => {
    await symlink('/nowhere', join(dir, 'link'));
    await expect(verifyBundle(join(dir, 'link'))).rejects.toMatchObject({ code: 'BUNDLE_UNREADABLE' });
    await expect(verifyBundle(dir)).rejects.toMatchObject({ kind: 'invalid', code: 'BUNDLE_UNREADABLE' });
    await expect(verifyBundle('/dev/zero')).rejects.toMatchObject({ code: 'BUNDLE_UNREADABLE' });
    await expect(verifyBundle(join(dir, '1', 'x'))).rejects.toMatchObject({ kind: 'not-found' });
  });

  it('every byte of a zip counts: none can be changed unseen', async () => {
    const bytes = await written(treeOf([entryOf('a'), entryOf('b/c', { mode: '100755' })]));
    const before = (await verifyBundle(await fileOf(bytes))).problems;
    const path = await fileOf(bytes);
    for (let at = 0; at < bytes.length; at++) {
      await writeFile(
        path,
        patched(bytes, (copy) => void (copy[at]! ^= 1 << (at % 8))),
      );
      const { problems } = await verifyBundle(path);
      if (JSON.stringify(problems) === JSON.stringify(before))
        throw new Error(`byte ${at} was changed unseen`);
    }
  });

  it('of 100,000 entries is opened in bounded memory', async () => {
    const parts = Array.from({ length: 100_000 }, (_, i) => ({
      ...{ name: `n${i}`, mode: 0o100644, sizeBytes: 0, content: new Uint8Array() },
    }));
    const path = join(dir, 'many');
    // In one write: as many as there are pieces take a slow disk minutes.
    await writeFile(path, Buffer.concat(await Array.fromAsync(writeZip(parts))));
    await expect(openBundle(path)).rejects.toMatchObject({ message: 'holdfast-bundle.json is missing' });
    const limits = { entries: 1000, totalBytes: 2 ** 30, manifestBytes: 2 ** 20 };
    await expect(openBundle(path, limits)).rejects.toMatchObject({ message: '100000 entries, at most 1000' });
  });
});
