import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setImmediate } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { copyDatabase } from './copy-files.js';

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'holdfast-copy-'));
});
afterAll(() => rmSync(dir, { recursive: true }));

const quietly = { signal: new AbortController().signal, told: () => undefined };

describe('a copy of a database', () => {
  it('is one moment of it, and comes to its end however busy the writer is', async () => {
    const [from, to] = [join(dir, 'busy.sqlite'), join(dir, 'copy.sqlite')];
    const writer = new DatabaseSync(from);
    writer.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; CREATE TABLE rows (n INTEGER PRIMARY KEY, text);
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000) INSERT INTO rows SELECT i, hex(zeroblob(2000)) FROM n`);
    let isCopied = false;
    const copying = copyDatabase(from, to, quietly).finally(() => (isCopied = true));
    let written = 0;
    const most = 2_000_000;
    for (; !isCopied && written < most; written++) {
      writer.exec('INSERT INTO rows (text) VALUES (1)');
      await setImmediate();
    }
    writer.close();
    await copying;
    expect(written).toBeLessThan(most);
    const copy = new DatabaseSync(to);
    const [rows] = copy.prepare('SELECT count(*) = max(n) AS dense, count(*) AS count FROM rows').all();
    copy.close();
    expect(rows?.['dense']).toBe(1);
    expect(Number(rows?.['count'])).toBeLessThan(2000 + written);
  });

  it('ends where a file system has no folders to give, and says so', async () => {
    const from = join(dir, 'small.sqlite');
    new DatabaseSync(from).close();
    await expect(copyDatabase(from, '/proc/nowhere/copy.sqlite', quietly)).rejects.toMatchObject({
      syscall: 'mkdir',
    });
  });

  it('ends on the way when it is told to, and is none then', async () => {
    const ending = new AbortController();
    const to = join(dir, 'cut.sqlite');
    const told = () => ending.abort(new Error('enough'));
    const copying = copyDatabase(join(dir, 'busy.sqlite'), to, { signal: ending.signal, told });
    await expect(copying).rejects.toThrow('enough');
    expect(existsSync(to)).toBe(false);
  });

  it('of what is none says which file it is', async () => {
    const from = join(dir, 'none.sqlite');
    writeFileSync(from, 'garbage');
    await expect(copyDatabase(from, join(dir, 'to'), quietly)).rejects.toMatchObject({
      ...{ kind: 'integrity', code: 'DATABASE_DAMAGED', message: expect.stringContaining(from) },
    });
  });
});
