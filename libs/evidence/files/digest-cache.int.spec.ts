import { chmodSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { mkdir, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { systemClock, toInstant, epochMs, type Digest } from '#kernel';
import { digestBytes } from '#evidence';
import { hashFile, hashTree, openDigestCache, type DigestCache } from './index.js';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'holdfast-digests-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const at = (name: string) => join(dir, name);
const kept = () => at('cache');
const cacheFiles = () => readdirSync(kept()).map((name) => join(kept(), name));
/** As if so much time had gone by since the files were written. */
const later = (seconds: number) => ({ now: () => toInstant(epochMs(systemClock.now()) + seconds * 1000) });
const opened = (seconds = 60, mostBytes?: number) =>
  openDigestCache(kept(), later(seconds), mostBytes === undefined ? {} : { mostBytes });

/** A cache over another, and what was found in it. */
function watched(cache: DigestCache) {
  const found: string[] = [];
  return {
    found,
    cache: {
      below(root: string) {
        const known = cache.below(root);
        const digestOf: typeof known.digestOf = (path, state) => {
          const digest = known.digestOf(path, state);
          if (digest !== undefined) found.push(path);
          return digest;
        };
        return { ...known, digestOf };
      },
    },
  };
}

async function files(names: readonly string[] = ['a.txt', 'b/c.txt', 'd']): Promise<void> {
  for (const name of names) {
    await mkdir(join(at('tree'), name, '..'), { recursive: true });
    await writeFile(join(at('tree'), name), `content of ${name}`);
  }
}

/** The tree's digest, and which of its files were not read. */
async function hashed(cache: DigestCache): Promise<{ digest: Digest | undefined; unread: string[] }> {
  const watching = watched(cache);
  const { hashed: tree } = await hashTree(at('tree'), { cache: watching.cache });
  return { digest: tree?.digest, unread: watching.found.sort() };
}
const truth = async () => (await hashTree(at('tree'))).hashed?.digest;

describe('digests of files that did not change', () => {
  it('are not computed again, by another command neither', async () => {
    await files();
    const first = await hashed(opened());
    expect(first).toEqual({ digest: await truth(), unread: [] });
    expect(await hashed(opened())).toEqual({ digest: first.digest, unread: ['a.txt', 'b/c.txt', 'd'] });
    const seen: unknown[] = [];
    await hashTree(at('tree'), { cache: opened(), onProgress: (progress) => seen.push(progress) });
    expect(seen.at(-1)).toMatchObject({ bytesDone: 46, bytesTotal: 46, filesTotal: 3 });
  });

  it('of one file likewise, by whatever link it is reached', async () => {
    await files(['one']);
    const path = join(at('tree'), 'one');
    const watching = watched(opened());
    for (let i = 0; i < 2; i++)
      expect((await hashFile(path, { cache: watching.cache })).hashed?.digest).toBe(
        digestBytes('content of one'),
      );
    expect(watching.found).toEqual(['']);
  });

  const changes: readonly (readonly [string, (path: string) => Promise<void> | void])[] = [
    ['written to', (path) => writeFile(path, 'content of A.txt')],
    [
      'written to, its modification time put back',
      async (path) => {
        const { atimeMs, mtimeMs } = statSync(path);
        const changedAt = () => statSync(path, { bigint: true }).ctimeNs;
        const before = changedAt();
        await writeFile(path, 'content of A.txt');
        // The kernel's own time of change tells, in whatever steps it counts.
        do await utimes(path, atimeMs / 1000, mtimeMs / 1000);
        while (changedAt() === before);
      },
    ],
    [
      'replaced by a file of the same size and time',
      async (path) => {
        const { atimeMs, mtimeMs } = statSync(path);
        await writeFile(at('other'), 'content of A.txt');
        await utimes(at('other'), atimeMs / 1000, mtimeMs / 1000);
        renameSync(at('other'), path);
      },
    ],
    ['given another mode', (path) => chmodSync(path, 0o755)],
  ];
  it.each(changes)('are computed again of a file that was %s, and of it alone', async (_, change) => {
    await files();
    await hashed(opened());
    await change(join(at('tree'), 'a.txt'));
    expect(await hashed(opened())).toEqual({ digest: await truth(), unread: ['b/c.txt', 'd'] });
    expect((await hashed(opened())).unread).toEqual(['a.txt', 'b/c.txt', 'd']);
  });

  it('come and go with the files', async () => {
    await files();
    await hashed(opened());
    renameSync(join(at('tree'), 'd'), join(at('tree'), 'e'));
    expect(await hashed(opened())).toEqual({ digest: await truth(), unread: ['a.txt', 'b/c.txt'] });
  });
});

describe('digests are not believed', () => {
  it('of files written to less than two seconds ago, then or ever after', async () => {
    await files();
    const { mtimeMs } = statSync(join(at('tree'), 'a.txt'));
    // However long it takes to come here.
    await hashed(openDigestCache(kept(), { now: () => toInstant(mtimeMs + 1900) }));
    expect((await hashed(opened(3600))).unread).toEqual([]);
    expect((await hashed(opened(3600))).unread).toEqual(['a.txt', 'b/c.txt', 'd']);
  });

  it('while the clock says that the file is of the future', async () => {
    await files();
    await hashed(opened());
    expect((await hashed(opened(-3600))).unread).toEqual([]);
    const inAYear = epochMs(systemClock.now()) / 1000 + 365 * 24 * 3600;
    await utimes(join(at('tree'), 'd'), inAYear, inAYear);
    await hashed(opened());
    expect((await hashed(opened())).unread).toEqual(['a.txt', 'b/c.txt']);
  });

  it('from a cache that is damaged anywhere', async () => {
    await files();
    const right = await truth();
    await hashed(opened());
    const [file = ''] = cacheFiles();
    const whole = readFileSync(file);
    const damaged = [
      Buffer.alloc(0),
      Buffer.from('\n'),
      whole.subarray(0, whole.length - 1),
      whole.subarray(0, whole.indexOf('\n')),
      Buffer.concat([whole, Buffer.from('\n')]),
      ...Array.from({ length: 60 }, (_, i) => {
        const bytes = Buffer.from(whole);
        const place = Math.floor((i * whole.length) / 60);
        bytes[place] = (bytes[place] as number) ^ 1;
        return bytes;
      }),
    ];
    for (const bytes of damaged) {
      await writeFile(file, bytes);
      expect(await hashed(opened())).toEqual({ digest: right, unread: [] });
    }
    expect((await hashed(opened())).unread).toHaveLength(3);
  });

  it('from a cache of another folder, or that somebody else could have written', async () => {
    await files();
    await hashed(opened());
    const [file = ''] = cacheFiles();
    chmodSync(file, 0o666);
    expect((await hashed(opened())).unread).toEqual([]);
    const [own = ''] = cacheFiles();
    const bytes = readFileSync(own);
    renameSync(at('tree'), at('moved'));
    await hashTree(at('moved'), { cache: opened() });
    const other = cacheFiles().find((path) => path !== own) as string;
    await writeFile(other, bytes);
    const watching = watched(opened());
    await hashTree(at('moved'), { cache: watching.cache });
    expect(watching.found).toEqual([]);
  });
});

describe('the cache', () => {
  it('has a bound, and what was not used for longest goes', async () => {
    for (const [i, name] of ['first', 'second', 'third'].entries()) {
      await files([name]);
      await hashFile(join(at('tree'), name), { cache: opened() });
      for (const file of cacheFiles())
        if (statSync(file).mtimeMs > epochMs(systemClock.now()) - 60_000)
          await utimes(file, 1_000_000 + i, 1_000_000 + i);
    }
    const size = statSync(cacheFiles()[0] as string).size;
    await files(['fourth']);
    await hashFile(join(at('tree'), 'fourth'), { cache: opened(60, 3 * size + 20) });
    const known = [];
    for (const name of ['first', 'second', 'third', 'fourth']) {
      const watching = watched(opened());
      await hashFile(join(at('tree'), name), {
        cache: { below: (root) => ({ ...watching.cache.below(root), replace() {} }) },
      });
      known.push(watching.found.length);
    }
    expect(known).toEqual([0, 1, 1, 1]);
  });

  it('may be used by several at once: what is read is whole', async () => {
    await files(Array.from({ length: 40 }, (_, i) => `f${i}`));
    const right = await truth();
    const found = await Promise.all(Array.from({ length: 20 }, () => hashed(opened())));
    for (const { digest, unread } of found) {
      expect(digest).toBe(right);
      expect([0, 40]).toContain(unread.length);
    }
    expect(cacheFiles()).toHaveLength(1);
  });

  it('that cannot be written does no harm', async () => {
    await files();
    await writeFile(kept(), 'a file');
    expect(await hashed(opened())).toEqual({ digest: await truth(), unread: [] });
    expect(readFileSync(kept(), 'utf8')).toBe('a file');
  });
});
