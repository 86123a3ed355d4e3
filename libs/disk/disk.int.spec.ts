import { mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { makeFolders, probeFolder, syncPath } from './index.js';

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'holdfast-disk-'));
});
afterAll(() => rmSync(dir, { recursive: true }));

describe('folders', () => {
  it('are made with those above them, by the mode that is given, once or again', async () => {
    const path = join(dir, 'a/b/c');
    for (let i = 0; i < 2; i++) makeFolders(path, 0o700);
    for (const made of [path, join(dir, 'a')]) expect(statSync(made).mode & 0o777).toBe(0o700);
    makeFolders('/');
    await syncPath(path);
  });

  it('are refused where a file is in the way, or where a file system has none to give', () => {
    writeFileSync(join(dir, 'file'), '');
    for (const [path, code] of [
      [join(dir, 'file'), 'EEXIST'],
      [join(dir, 'file/below'), 'ENOTDIR'],
      ['/proc/nowhere/at/all', 'ENOENT'],
    ])
      expect(() => makeFolders(path!)).toThrow(expect.objectContaining({ code }));
  });

  it('are tried, and nothing of it stays', () => {
    const [folder, nowhere] = [join(dir, 'tried'), join(dir, 'nowhere')];
    makeFolders(folder);
    symlinkSync(join(dir, 'gone'), nowhere);
    for (const path of [folder, join(folder, 'a/b')]) probeFolder(path);
    expect(readdirSync(folder)).toEqual([]);
    for (const path of ['/proc/nowhere', nowhere])
      expect(() => probeFolder(path)).toThrow(expect.objectContaining({ code: 'ENOENT' }));
  });
});
