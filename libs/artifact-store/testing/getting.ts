import { access, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import type { Digest } from '#kernel';
import { collect, digestOf, inFolder, mebibyte, outcome, sample, withStore } from './samples.js';
import type { Damage, OpenUnderTest } from './under-test.js';

const notFound = { kind: 'not-found', code: 'BLOB_NOT_FOUND' };
const corrupt = { kind: 'integrity', code: 'BLOB_CORRUPT' };
const damages: readonly Damage[] = ['flipped', 'shortened', 'lengthened', 'emptied'];
const kinds = damages.flatMap((how) => [1000, 2 * mebibyte].map((sizeBytes) => [how, sizeBytes] as const));

/** What can be written where a digest is expected. */
const hostile = [
  '',
  'latest',
  '../../../../etc/passwd',
  'sha256:',
  `sha256:${'../'.repeat(21)}x`,
  `sha256:${'A'.repeat(64)}`,
  `sha256:${'a'.repeat(63)}`,
  `sha256:${'a'.repeat(64)}\n`,
  `sha256:${'a'.repeat(64)}/..`,
  `md5:${'a'.repeat(32)}`,
  `sha256:${'a'.repeat(32)}\0${'a'.repeat(31)}`,
  { toString: () => `sha256:${'a'.repeat(64)}` },
] as readonly unknown[];

export function getting(open: OpenUnderTest): void {
  const check = withStore(open);

  it(
    'says that an absent blob is not there',
    check(({ store }) =>
      inFolder(async (folder) => {
        const absent = digestOf(sample(5));
        const path = join(folder, 'out');
        expect(await outcome(collect(store.get(absent)))).toEqual(notFound);
        expect(await outcome(collect(store.get(absent, { offset: 0 })))).toEqual(notFound);
        expect(await outcome(store.read(absent))).toEqual(notFound);
        expect(await outcome(store.materialise(absent, path))).toEqual(notFound);
        await expect(access(path)).rejects.toMatchObject({ code: 'ENOENT' });
        expect(await store.verify(absent)).toBe('missing');
        expect(await store.delete(absent)).toBe(false);
      }),
    ),
  );

  it(
    'takes nothing but a digest for a digest',
    check(async ({ store }) => {
      for (const bad of hostile as readonly Digest[]) {
        const calls = [collect(store.get(bad)), store.read(bad), store.stat(bad), store.verify(bad)];
        calls.push(store.delete(bad) as never, store.missing([bad]) as never);
        for (const call of calls) expect(await outcome(call)).toMatchObject({ code: 'DIGEST_INVALID' });
      }
    }),
  );

  it(
    'gives any range, and what there is of one that goes beyond the end',
    check(async ({ store }) => {
      const bytes = sample(700_000);
      const { digest } = await store.put(bytes);
      const ranges = [
        [0, 1],
        [0, 700_000],
        [1, 262_144],
        [262_143, 2],
        [699_999, 1],
        [699_999, 100],
        [700_000, 5],
        [900_000, 5],
        [5, 0],
        [123_456, undefined],
      ] as const;
      for (const [offset, length] of ranges) {
        const range = { offset, ...(length === undefined ? {} : { length }) };
        const expected = bytes.subarray(offset, length === undefined ? undefined : offset + length);
        expect(Buffer.compare(await collect(store.get(digest, range)), expected)).toBe(0);
      }
      for (const range of [{ offset: -1 }, { offset: 0.5 }, { offset: NaN }, { offset: 0, length: -1 }])
        expect(await outcome(collect(store.get(digest, range)))).toMatchObject({ code: 'RANGE_INVALID' });
    }),
  );

  it(
    'leaves a piece alone until the next but one is asked for, where pieces are lent',
    check(async ({ store }) => {
      const bytes = sample(3 * mebibyte + 5);
      const { digest } = await store.put(bytes);
      for (const range of [undefined, { offset: 7 }]) {
        const copies: Uint8Array[] = [];
        let before = new Uint8Array();
        for await (const piece of store.get(digest, range, { lent: true })) {
          copies.push(new Uint8Array(before));
          before = piece as Uint8Array<ArrayBuffer>;
        }
        const whole = Buffer.concat([...copies, before]);
        expect(Buffer.compare(whole, bytes.subarray(range?.offset ?? 0))).toBe(0);
      }
    }),
  );

  it.each(kinds)('never serves a blob to its end that is %s, %i bytes', (how, sizeBytes) =>
    check((under) =>
      inFolder(async (folder) => {
        const { store } = under;
        const bytes = sample(sizeBytes);
        const { digest } = await store.put(bytes);
        const beside = await store.put(sample(100));
        await under.damage(digest, how);
        let served = 0;
        const serve = async () => {
          for await (const piece of store.get(digest)) served += piece.length;
        };
        expect(await outcome(serve())).toEqual(corrupt);
        expect(served).toBeLessThan(how === 'lengthened' ? sizeBytes + 1 : sizeBytes);
        expect(await outcome(store.read(digest))).toEqual(corrupt);
        const path = join(folder, 'out');
        expect(await outcome(store.materialise(digest, path))).toEqual(corrupt);
        await expect(access(path)).rejects.toMatchObject({ code: 'ENOENT' });
        expect(await store.verify(digest)).toBe('corrupt');
        expect(await store.verify(beside.digest)).toBe('intact');
        await store.put(bytes);
        expect(await store.verify(digest)).toBe('intact');
      }),
    )(),
  );

  it(
    'serves on after hundreds of readers that went away in the middle',
    check(async ({ store }) => {
      const bytes = sample(2 * mebibyte);
      const { digest } = await store.put(bytes);
      const leave = async () => {
        for await (const piece of store.get(digest)) return piece.length;
        return 0;
      };
      for (let round = 0; round < 5; round++)
        for (const length of await Promise.all(Array.from({ length: 20 }, leave)))
          expect(length).toBeGreaterThan(0);
      expect(Buffer.compare(await collect(store.get(digest)), bytes)).toBe(0);
    }),
  );

  it(
    'tells of hundreds of digests which are absent, in the order asked',
    check(async ({ store }) => {
      const here: Digest[] = [];
      for (let i = 0; i < 30; i++) here.push((await store.put(sample(20 + i))).digest);
      const absent = Array.from({ length: 300 }, () => digestOf(sample(9)));
      const asked = absent.flatMap((digest, i) =>
        i % 10 === 0 ? [here[i / 10] as Digest, digest] : [digest],
      );
      expect(await store.missing(asked)).toEqual(absent);
      expect(await store.missing([])).toEqual([]);
    }),
  );

  it(
    'reads no more into memory than it is allowed to',
    check(async ({ store }) => {
      const { digest } = await store.put(sample(1000));
      expect(await outcome(store.read(digest, 999))).toEqual({ kind: 'exhausted', code: 'BLOB_TOO_LARGE' });
      expect(await store.read(digest, 1000)).toHaveLength(1000);
    }),
  );

  it(
    'writes a blob to a path, as a program where asked, and over nothing',
    check(({ store }) =>
      inFolder(async (folder) => {
        const bytes = sample(mebibyte);
        const { digest } = await store.put(bytes);
        const [plain, program, taken] = ['plain', 'program', 'taken'].map((name) => join(folder, name)) as [
          string,
          string,
          string,
        ];
        await store.materialise(digest, plain);
        await store.materialise(digest, program, { executable: true });
        expect((await stat(plain)).mode & 0o777).toBe(0o644);
        expect((await stat(program)).mode & 0o777).toBe(0o755);
        expect(Buffer.compare(await readFile(program), bytes)).toBe(0);
        await writeFile(taken, 'mine');
        expect(await outcome(store.materialise(digest, taken))).toMatchObject({ code: 'PATH_TAKEN' });
        expect(await readFile(taken, 'utf8')).toBe('mine');
        await writeFile(plain, 'a step may do this to its copy');
        expect(await store.verify(digest)).toBe('intact');
      }),
    ),
  );
}
