import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statfsSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { digestBytes } from '#evidence';
import type { ArtifactStore } from '#artifact-store';
import { openFileArtifactStore } from '#artifact-store/file';
import { openInputCache, quarterOfDisk, type InputCache, type Placed } from './input-cache.js';

let dir: string;
let store: ArtifactStore;
let fetched: number;
let nowMs: number;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'holdfast-inputs-'));
  store = await openFileArtifactStore({ dir: join(dir, 'artifacts') });
  mkdirSync(join(dir, 'steps'));
  [fetched, nowMs] = [0, 0];
});
afterEach(async () => {
  await store.close();
  await rm(dir, { recursive: true, force: true });
});

const at = (name: string) => join(dir, 'steps', name);
const kept = () => (existsSync(join(dir, 'kept')) ? readdirSync(join(dir, 'kept')) : []);
const keptAt = (name: string) => join(dir, 'kept', name);

function opened(mostBytes = 1000): InputCache {
  const counting: Pick<ArtifactStore, 'materialise'> = {
    async materialise(...args) {
      fetched += 1;
      await store.materialise(...args);
    },
  };
  return openInputCache(join(dir, 'kept'), counting, { monotonicMs: () => nowMs }, mostBytes);
}
async function blob(text: string, executable = false): Promise<Placed> {
  const { digest, sizeBytes } = await store.put(Buffer.from(text));
  return { digest, sizeBytes, executable };
}
/** Other bytes of the same length and time: only the kernel's own time of change tells, in whatever steps it counts. */
function damage(path: string): void {
  const { mode, atimeMs, mtimeMs } = statSync(path);
  const changedAt = () => statSync(path, { bigint: true }).ctimeNs;
  const before = changedAt();
  const bytes = readFileSync(path);
  chmodSync(path, 0o600);
  writeFileSync(
    path,
    bytes.map((byte) => byte ^ 1),
  );
  utimesSync(path, atimeMs / 1000, mtimeMs / 1000);
  do chmodSync(path, mode);
  while (changedAt() === before);
}

describe('an input that was placed before', () => {
  it('is not fetched again: steps have names of one read-only file', async () => {
    const cache = opened();
    const data = await blob('rows');
    const [first, second] = [cache.lend(), cache.lend()];
    expect(await first.place(data, at('a'))).toBe(true);
    expect(await second.place(data, at('b'))).toBe(true);
    expect(fetched).toBe(1);
    expect(lstatSync(at('a')).ino).toBe(lstatSync(at('b')).ino);
    expect([readFileSync(at('a'), 'utf8'), lstatSync(at('a')).mode & 0o777]).toEqual(['rows', 0o444]);
    first.giveBack();
    expect([existsSync(at('a')), readFileSync(at('b'), 'utf8')]).toEqual([false, 'rows']);
    // What the other step did with names moved nothing here.
    expect(await second.broken()).toEqual([]);
    await cache.close();
    expect(kept()).toEqual([]);
  });

  it('is fetched once by steps that begin together', async () => {
    const cache = opened();
    const data = await blob('rows');
    const loans = Array.from({ length: 8 }, () => cache.lend());
    await Promise.all(loans.map((loan, i) => loan.place(data, at(`${i}`))));
    loans.slice(0, 4).forEach((loan) => loan.giveBack());
    for (const loan of loans) expect(await loan.broken()).toEqual([]);
    expect(fetched).toBe(1);
  });

  it('is another file when it may be executed', async () => {
    const cache = opened();
    await cache.lend().place(await blob('run'), at('plain'));
    await cache.lend().place(await blob('run', true), at('run'));
    expect([lstatSync(at('plain')).mode & 0o777, lstatSync(at('run')).mode & 0o777]).toEqual([0o444, 0o555]);
  });

  it('is not given twice to one step, which would see two names of one file', async () => {
    const loan = opened().lend();
    const data = await blob('rows');
    expect([await loan.place(data, at('a')), await loan.place(data, at('b'))]).toEqual([true, false]);
    expect(existsSync(at('b'))).toBe(false);
  });

  it('that the store does not have is told as the store tells it', async () => {
    const loan = opened().lend();
    const absent = { digest: digestBytes('absent'), sizeBytes: 6, executable: false };
    await expect(loan.place(absent, at('a'))).rejects.toMatchObject({ code: 'BLOB_NOT_FOUND' });
    await store.put(Buffer.from('absent'));
    expect(await loan.place(absent, at('a'))).toBe(true);
  });
});

describe('damage', () => {
  it('of a kept file is found before another step has it, and healed', async () => {
    for (const harm of [damage, (path: string) => chmodSync(path, 0o666), (path: string) => rmSync(path)]) {
      const cache = opened();
      const data = await blob('rows');
      const loan = cache.lend();
      await loan.place(data, at('a'));
      loan.giveBack();
      harm(keptAt(kept()[0] as string));
      const next = cache.lend();
      expect(await next.place(data, at('a'))).toBe(true);
      expect([readFileSync(at('a'), 'utf8'), lstatSync(at('a')).mode & 0o777]).toEqual(['rows', 0o444]);
      expect(await next.broken()).toEqual([]);
      next.giveBack();
      await cache.close();
    }
  });

  it('while steps have it is found in each of them, and the next has it whole', async () => {
    const cache = opened();
    const data = await blob('rows');
    const [first, second, third] = [cache.lend(), cache.lend(), cache.lend()];
    await first.place(data, at('a'));
    await second.place(data, at('b'));
    damage(at('a'));
    expect([await first.broken(), await second.broken()]).toEqual([[at('a')], [at('b')]]);
    await third.place(data, at('c'));
    expect(readFileSync(at('c'), 'utf8')).toBe('rows');
    expect([await third.broken(), await second.broken()]).toEqual([[], [at('b')]]);
    for (const loan of [first, second, third]) loan.giveBack();
    const last = cache.lend();
    await last.place(data, at('d'));
    expect([readFileSync(at('d'), 'utf8'), await last.broken()]).toEqual(['rows', []]);
    expect(fetched).toBe(2);
  });

  it('is not what only looks like it', async () => {
    const cache = opened();
    const loan = cache.lend();
    await loan.place(await blob('rows'), at('a'));
    chmodSync(at('a'), 0o600);
    chmodSync(at('a'), 0o444);
    expect(await loan.broken()).toEqual([]);
  });

  it('is a name that leads elsewhere', async () => {
    const loan = opened().lend();
    await loan.place(await blob('rows'), at('a'));
    await rm(at('a'));
    expect(await loan.broken()).toEqual([at('a')]);
    writeFileSync(at('a'), 'rows');
    expect(await loan.broken()).toEqual([at('a')]);
    loan.giveBack();
  });

  it('that nothing tells of is looked for after an hour', async () => {
    const bytes = ['rotten', 'rows'];
    const disk: Pick<ArtifactStore, 'materialise'> = {
      materialise: (_, path) => Promise.resolve(writeFileSync(path, bytes[fetched++] as string)),
    };
    const cache = openInputCache(join(dir, 'kept'), disk, { monotonicMs: () => nowMs }, 1000);
    const seen: string[] = [];
    for (const minutes of [0, 59, 61]) {
      nowMs = minutes * 60_000;
      const loan = cache.lend();
      await loan.place(await blob('rows'), at('a'));
      seen.push(readFileSync(at('a'), 'utf8'));
      loan.giveBack();
    }
    expect(seen).toEqual(['rotten', 'rotten', 'rows']);
  });
});

describe('the bound', () => {
  it('takes what was not read for longest, and never what a step has', async () => {
    const cache = opened(10);
    const [a, b, c, d] = await Promise.all(['aaaa', 'bbbb', 'cccc', 'dddd'].map((text) => blob(text)));
    const [first, second, third] = [cache.lend(), cache.lend(), cache.lend()];
    await first.place(a as Placed, at('a'));
    await second.place(b as Placed, at('b'));
    expect(await third.place(c as Placed, at('c'))).toBe(false);
    second.giveBack();
    expect(await third.place(c as Placed, at('c2'))).toBe(true);
    expect(kept()).toHaveLength(2);
    expect([await first.broken(), readFileSync(at('a'), 'utf8')]).toEqual([[], 'aaaa']);
    first.giveBack();
    third.giveBack();
    await cache.lend().place(c as Placed, at('c3'));
    await cache.lend().place(d as Placed, at('d'));
    expect(fetched).toBe(4);
    expect(kept()).toHaveLength(2);
  });

  it('leaves to be copied what is larger, and everything when it is 0', async () => {
    expect(
      await opened(3)
        .lend()
        .place(await blob('rows'), at('a')),
    ).toBe(false);
    expect(
      await opened(0)
        .lend()
        .place(await blob('rows'), at('a')),
    ).toBe(false);
    expect([fetched, kept()]).toEqual([0, []]);
  });

  it('is never more than a quarter of the disk', async () => {
    const { blocks, bsize } = statfsSync(dir);
    expect(await quarterOfDisk(dir)).toBe(Math.floor((blocks * bsize) / 4));
  });

  it('holds for what a blob has, not for what is said of it', async () => {
    const cache = opened(10);
    const loan = cache.lend();
    const data = await blob('twelve bytes');
    expect(await loan.place({ ...data, sizeBytes: 1 }, at('a'))).toBe(true);
    loan.giveBack();
    await cache.lend().place(await blob('rows'), at('b'));
    expect(kept()).toHaveLength(1);
  });
});
