import { execFileSync } from 'node:child_process';
import { appendFileSync, createWriteStream, mkdtempSync, rmSync } from 'node:fs';
import { chmod, mkdir, readFile, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { digestBytes, parseTree, treeDigest } from '#evidence';
import { alwaysIgnored, hashFile, hashTree, parseIgnore } from './index.js';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'holdfast-files-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

async function put(path: string, content: string | Uint8Array = path, mode = 0o644): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), content);
  await chmod(join(root, path), mode);
}
const codes = (problems: readonly { code: string; field: string }[]) =>
  problems.map(({ code, field }) => [code, field]);

describe('a folder as a tree', () => {
  it('is the same for the same bytes, in byte order, with two modes and no empty folders', async () => {
    await put('b.txt');
    await put('a/z.sh', '#!/bin/sh', 0o777);
    await put('a.txt', '', 0o600);
    await put('ä/文件.txt', 'x');
    await mkdir(join(root, 'empty'));
    const { hashed, problems } = await hashTree(root);
    expect(problems).toEqual([]);
    expect(hashed?.tree.entries.map(({ path, mode }) => [path, mode])).toEqual([
      ['a.txt', '100644'],
      ['a/z.sh', '100755'],
      ['b.txt', '100644'],
      ['ä/文件.txt', '100644'],
    ]);
    expect(hashed?.tree.entries[2]?.digest).toBe(digestBytes('b.txt'));
    expect(parseTree(hashed?.manifest as Uint8Array)).toEqual(hashed?.tree);
    expect(hashed?.digest).toBe(treeDigest(hashed?.tree as never));
    expect(hashed?.sizeBytes).toBe(9 + 0 + 5 + 1);
    expect(hashed?.places.get('a/z.sh')).toBe(join(root, 'a/z.sh'));
  });

  it('records links as their text and refuses those that lead out', async () => {
    await put('code/a.txt');
    await put('outside.txt');
    await symlink('a.txt', join(root, 'code/inside'));
    await symlink('nowhere', join(root, 'code/dangling'));
    const { hashed } = await hashTree(join(root, 'code'));
    expect(hashed?.tree.entries.map(({ path, mode, target }) => [path, mode, target])).toEqual([
      ['a.txt', '100644', undefined],
      ['dangling', '120000', 'nowhere'],
      ['inside', '120000', 'a.txt'],
    ]);
    await symlink('../outside.txt', join(root, 'code/up'));
    await symlink('/etc/passwd', join(root, 'code/absolute'));
    await symlink('.', join(root, 'code/here'));
    await symlink('here/../../outside.txt', join(root, 'code/through'));
    const { problems } = await hashTree(join(root, 'code'));
    expect(codes(problems)).toEqual([
      ['LINK_OUTSIDE', 'absolute'],
      ['LINK_OUTSIDE', 'through'],
      ['LINK_OUTSIDE', 'up'],
    ]);
  });

  it('tells every problem at once', async () => {
    await put('Readme.md');
    await put('README.md');
    await put('caf\u00e9');
    await put('cafe\u0301');
    await put('Data/x');
    await put('data/y');
    await put('back\\slash');
    await put('new\nline');
    execFileSync('mkfifo', [join(root, 'pipe')]);
    await writeFile(Buffer.concat([Buffer.from(`${root}/`), Buffer.from([0x66, 0xff])]), 'x');
    const { hashed, problems } = await hashTree(root);
    expect(hashed).toBeUndefined();
    expect(codes(problems)).toEqual(
      [
        ['PATH_INVALID', 'back\\slash'],
        ['NAME_COLLISION', 'café'],
        ['NAME_COLLISION', 'data'],
        ['NAME_NOT_UTF8', 'f\\ufffd'],
        ['PATH_INVALID', 'new\\u000aline'],
        ['FILE_KIND', 'pipe'],
        ['NAME_COLLISION', 'Readme.md'],
      ].sort((a, b) => ((a[1] as string) < (b[1] as string) ? -1 : 1)),
    );
    problems.forEach(({ fix }) => expect(fix).toEqual(expect.any(String)));
  });

  it('leaves out what is ignored, without looking into it', async () => {
    await put('train.py');
    await put('.holdfastignore', 'data/\n');
    await put('data/big.csv');
    await put('node_modules/x/index.js');
    await put('__pycache__/train.cpython.pyc');
    await symlink('/etc', join(root, '.venv'));
    await mkdir(join(root, '.git'));
    execFileSync('mkfifo', [join(root, '.git/pipe')]);
    const { ignore } = parseIgnore('data/\n.venv\n', { before: alwaysIgnored });
    const { hashed, problems } = await hashTree(root, {
      ignores: (path, isFolder) => ignore.ignores(path, isFolder),
    });
    expect(problems).toEqual([]);
    expect(hashed?.tree.entries.map(({ path }) => path)).toEqual(['train.py']);
  });

  it('says that there is no folder', async () => {
    await put('file');
    expect(codes((await hashTree(join(root, 'file'))).problems)).toEqual([['FOLDER_MISSING', '']]);
    expect(codes((await hashTree(join(root, 'none'))).problems)).toEqual([['FOLDER_MISSING', '']]);
  });

  it('hashes many files on several threads as it does on none, and tells how far it is', async () => {
    for (let i = 0; i < 300; i++) await put(`d${i % 7}/f${i}`, `file ${i} `.repeat(i));
    // Small ones for every thread, and large ones that are not for the caller's.
    for (let i = 0; i < 60; i++) await truncate(join(root, `d${i % 7}/f${i}`), (i % 3) * 768 * 1024 + i);
    const inline = await Promise.all(
      Array.from({ length: 300 }, (_, i) => hashFile(join(root, `d${i % 7}/f${i}`))),
    );
    const seen: number[] = [];
    const { hashed } = await hashTree(root, {
      threads: 3,
      onProgress: ({ bytesDone }) => seen.push(bytesDone),
    });
    const byPath = new Map(hashed?.tree.entries.map(({ path, digest }) => [path, digest]));
    inline.forEach((file, i) => expect(byPath.get(`d${i % 7}/f${i}`)).toBe(file.hashed?.digest));
    expect(seen.at(-1)).toBe(hashed?.sizeBytes);
  });

  it('keeps the event loop free while a large file is hashed, and its memory flat', async () => {
    const path = join(root, 'large');
    const file = createWriteStream(path);
    for (let i = 0; i < 96; i++) file.write(Buffer.alloc(1024 * 1024, i));
    await new Promise((resolve) => file.end(resolve));
    let turns = 0;
    let going = true;
    const turn = () => {
      turns++;
      if (going) setImmediate(turn);
    };
    const before = process.memoryUsage().rss;
    turn();
    const { hashed } = await hashFile(path);
    going = false;
    expect(process.memoryUsage().rss - before).toBeLessThan(96 * 1024 * 1024);
    expect(turns).toBeGreaterThan(100);
    expect(hashed?.sizeBytes).toBe(96 * 1024 * 1024);
    expect(hashed?.digest).toBe(digestBytes(await readFile(path)));
  });

  it('notices a file that is written to while it is hashed', async () => {
    const path = join(root, 'growing');
    await writeFile(path, Buffer.alloc(96 * 1024 * 1024));
    const grownMeanwhile = async () => {
      let grown = false;
      const found = await hashTree(root, {
        onProgress: () => {
          if (!grown) appendFileSync(path, 'more');
          grown = true;
        },
      });
      expect(grown).toBe(true);
      return found;
    };
    let found = await grownMeanwhile();
    // A thread hashes it, and may have come to the end before this one hears of the beginning: then nobody wrote in between.
    for (let tries = 1; tries < 20 && found.hashed !== undefined; tries++) found = await grownMeanwhile();
    expect(found.hashed).toBeUndefined();
    expect(codes(found.problems)).toEqual([['FILE_CHANGED', 'growing']]);
  });

  it('stops when it is told to', async () => {
    await writeFile(join(root, 'large'), Buffer.alloc(64 * 1024 * 1024));
    const controller = new AbortController();
    const hashing = hashTree(root, {
      signal: controller.signal,
      onProgress: () => controller.abort(new Error('enough')),
    });
    await expect(hashing).rejects.toThrow('enough');
  });
});

describe('one file', () => {
  it('is followed through links, since it is asked for by name', async () => {
    await put('real/data.csv', 'a,b');
    await symlink('real/data.csv', join(root, 'data.csv'));
    const { hashed } = await hashFile(join(root, 'data.csv'));
    expect(hashed).toMatchObject({ digest: digestBytes('a,b'), sizeBytes: 3 });
    expect(hashed?.at.endsWith('real/data.csv')).toBe(true);
  });

  it('that is none is said to be none', async () => {
    expect((await hashFile(join(root, 'none'))).problem?.code).toBe('FILE_MISSING');
    expect((await hashFile(root)).problem?.message).toBe('is not a file');
  });
});
