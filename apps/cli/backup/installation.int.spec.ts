import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { blobsIn, copyInstallation } from './installation.js';

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'holdfast-installation-'));
});
afterAll(() => rmSync(dir, { recursive: true }));

const quietly = { signal: new AbortController().signal, told: () => undefined };
const pack = 'artifacts/pack.sqlite';

/** One with events, three blobs in files and a thousand in the pack. */
function installation(name: string): string {
  const folder = join(dir, name);
  mkdirSync(join(folder, 'artifacts/blobs/ab'), { recursive: true });
  for (const blob of ['c', 'd', 'e']) writeFileSync(join(folder, 'artifacts/blobs/ab', blob), blob);
  new DatabaseSync(join(folder, 'events.sqlite')).close();
  const database = new DatabaseSync(join(folder, pack));
  database.exec(`CREATE TABLE blobs (digest BLOB PRIMARY KEY) WITHOUT ROWID;
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000) INSERT INTO blobs SELECT randomblob(32) FROM n`);
  database.close();
  return folder;
}

describe('a copy of an installation', () => {
  it('has all artifacts', async () => {
    const to = join(dir, 'whole');
    expect(await copyInstallation(installation('sound'), to, quietly)).toEqual([]);
    expect(await blobsIn(to)).toEqual({ count: 1003, damaged: [] });
  });

  it('goes on where the pack of small ones is none, and says which file it is', async () => {
    const [from, to] = [installation('no pack'), join(dir, 'without')];
    writeFileSync(join(from, pack), 'garbage');
    expect(await copyInstallation(from, to, quietly)).toEqual([expect.stringContaining(join(from, pack))]);
    expect(existsSync(join(to, pack))).toBe(false);
    expect(await blobsIn(to)).toEqual({ count: 3, damaged: [] });
  });

  it('takes a pack in which something is damaged as it is, and does not count what is in it', async () => {
    const [from, to] = [installation('hurt'), join(dir, 'partly')];
    const bytes = readFileSync(join(from, pack));
    writeFileSync(join(from, pack), bytes.fill(0xff, 4096, 5 * 4096));
    expect(await copyInstallation(from, to, quietly)).toEqual([]);
    expect(readFileSync(join(to, pack)).length).toBe(bytes.length);
    expect(await blobsIn(to)).toEqual({ count: 3, damaged: [expect.stringContaining(join(to, pack))] });
  });
});
