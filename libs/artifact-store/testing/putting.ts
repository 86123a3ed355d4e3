import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { collect, digestOf, inFolder, inPieces, mebibyte, outcome, sample, withStore } from './samples.js';
import type { OpenUnderTest } from './under-test.js';

export function putting(open: OpenUnderTest): void {
  const check = withStore(open);

  it.each([0, 1, 255, 65_536, 65_537, 262_144, 262_145, 3 * mebibyte + 7])(
    'gives back %i bytes exactly, named by their digest',
    (sizeBytes) =>
      check(async ({ store }) => {
        const bytes = sample(sizeBytes);
        const stat = await store.put(bytes);
        expect(stat).toMatchObject({ digest: digestOf(bytes), sizeBytes });
        expect(await store.put(inPieces(bytes, 10_000))).toMatchObject({ digest: stat.digest, sizeBytes });
        expect(Buffer.compare(await collect(store.get(stat.digest)), bytes)).toBe(0);
        expect(Buffer.compare(await store.read(stat.digest), bytes)).toBe(0);
        expect(await store.verify(stat.digest)).toBe('intact');
      })(),
  );

  it(
    'takes in many blobs one after another and settles them together',
    check(async (under) => {
      const { store } = under;
      const blobs = [10, 10, 65_536, 65_537, 300_000, 0].map(sample);
      for (const bytes of blobs) await store.put(inPieces(bytes, 9_000), { settleLater: true });
      await store.settle();
      await store.settle();
      const other = await under.connect();
      for (const bytes of blobs) expect(await other.verify(digestOf(bytes))).toBe('intact');
    }),
  );

  it(
    'hashes what it keeps, though a source uses its memory again',
    check(async ({ store }) => {
      const memory = new Uint8Array(7_000);
      async function* reusing(pieces: number) {
        for (let piece = 0; piece < pieces; piece++) yield memory.fill(piece);
      }
      for (const pieces of [3, 20, 100]) {
        const { digest, sizeBytes } = await store.put(reusing(pieces));
        expect(sizeBytes).toBe(pieces * memory.length);
        expect((await store.read(digest)).at(-1)).toBe(pieces - 1);
      }
    }),
  );

  it.each([1000, 300_000])('takes in %i bytes from twenty callers of two clients as one blob', (sizeBytes) =>
    check(async (under) => {
      const clients = [under.store, await under.connect()];
      const bytes = sample(sizeBytes);
      const puts = Array.from({ length: 20 }, (_, i) =>
        clients[i % 2]!.put(i % 3 === 0 ? bytes : inPieces(bytes, 1000 + i)),
      );
      for (const { digest } of await Promise.all(puts)) expect(digest).toBe(digestOf(bytes));
      expect(await Array.fromAsync(under.store.list())).toHaveLength(1);
      expect(await under.leftovers()).toBe(0);
    })(),
  );

  it(
    'shows nothing of a blob before it is whole',
    check(async ({ store }) => {
      const bytes = sample(mebibyte);
      const half = Promise.withResolvers<void>();
      const rest = Promise.withResolvers<void>();
      async function* slowly() {
        yield bytes.subarray(0, 500_000);
        half.resolve();
        await rest.promise;
        yield bytes.subarray(500_000);
      }
      const put = store.put(slowly());
      await half.promise;
      expect(await store.stat(digestOf(bytes))).toBeUndefined();
      expect(await store.missing([digestOf(bytes)])).toEqual([digestOf(bytes)]);
      expect(await Array.fromAsync(store.list())).toEqual([]);
      rest.resolve();
      await put;
      expect(await store.stat(digestOf(bytes))).toMatchObject({ sizeBytes: mebibyte });
    }),
  );

  it(
    'keeps nothing of a blob that is not the expected one, too large, broken off or abandoned',
    check(async (under) => {
      const { store } = under;
      const bytes = sample(600_000);
      const own = new Error('the client broke off');
      async function* breaking() {
        yield bytes;
        throw own;
      }
      const gone = new AbortController();
      const never = Promise.withResolvers<IteratorResult<Uint8Array>>();
      const silent: AsyncIterable<Uint8Array> = {
        [Symbol.asyncIterator]: () => ({ next: () => never.promise }),
      };
      const other = digestOf(sample(3));
      expect(await outcome(store.put(bytes, { expected: other }))).toEqual({
        kind: 'integrity',
        code: 'BLOB_DIGEST_MISMATCH',
      });
      const tooLarge = { kind: 'exhausted', code: 'BLOB_TOO_LARGE' };
      expect(await outcome(store.put(bytes, { maxBytes: 599_999 }))).toEqual(tooLarge);
      expect(await outcome(store.put(inPieces(bytes, 7000), { maxBytes: 10_000 }))).toEqual(tooLarge);
      await expect(store.put(breaking())).rejects.toBe(own);
      const abandoned = outcome(store.put(silent, { signal: gone.signal }));
      gone.abort();
      expect(await abandoned).toEqual({ kind: 'cancelled', code: 'CANCELLED' });
      expect(await outcome(store.put(bytes, { signal: gone.signal }))).toEqual({
        kind: 'cancelled',
        code: 'CANCELLED',
      });
      expect(await Array.fromAsync(store.list())).toEqual([]);
      expect(await under.leftovers()).toBe(0);
      const fits = { expected: digestOf(bytes), maxBytes: 600_000 };
      expect(await store.put(bytes, fits)).toMatchObject({ digest: digestOf(bytes) });
    }),
  );

  it(
    'leaves nothing of a large blob whose caller goes while it is taken in, whenever that is',
    check((under) =>
      inFolder(async (folder) => {
        const { store } = under;
        const bytes = sample(20 * mebibyte);
        const path = join(folder, 'large');
        await writeFile(path, bytes);
        for (const turnsLater of [0, 5, 50, 500]) {
          for (const put of [
            (signal: AbortSignal) => store.put(inPieces(bytes, mebibyte), { signal }),
            (signal: AbortSignal) => store.putFile(path, { signal }),
          ]) {
            const gone = new AbortController();
            const result = outcome(put(gone.signal));
            for (let turn = 0; turn < turnsLater; turn++) await new Promise(setImmediate);
            gone.abort();
            const end = (await result) as { readonly code?: string };
            // Or it was too late to stop it.
            if (end.code === undefined) await store.delete(digestOf(bytes));
            else expect(end).toEqual({ kind: 'cancelled', code: 'CANCELLED' });
            expect(await Array.fromAsync(store.list())).toEqual([]);
            expect(await under.leftovers()).toBe(0);
          }
        }
      }),
    ),
  );

  it(
    'is seen by another client at once, and so is its end',
    check(async (under) => {
      const other = await under.connect();
      for (const bytes of [sample(100), sample(100_000), sample(2 * mebibyte)]) {
        const digest = digestOf(bytes);
        for (let round = 0; round < 3; round++) {
          await under.store.put(bytes);
          expect(await other.missing([digest])).toEqual([]);
          expect(Buffer.compare(await other.read(digest), bytes)).toBe(0);
          expect(await other.delete(digest)).toBe(true);
          expect(await under.store.stat(digest)).toBeUndefined();
          expect(await Array.fromAsync(under.store.list())).toEqual([]);
        }
      }
    }),
  );

  it(
    'never shows a reader other bytes while the same bytes come again and again',
    check(async ({ store }) => {
      for (const bytes of [sample(1000), sample(mebibyte)]) {
        const { digest } = await store.put(bytes);
        let putting = true;
        const putter = (async () => {
          for (let i = 0; i < 6; i++) await store.put(i % 2 ? bytes : inPieces(bytes, 50_000));
        })().finally(() => (putting = false));
        while (putting) {
          await new Promise(setImmediate);
          expect(Buffer.compare(await collect(store.get(digest)), bytes)).toBe(0);
          expect(await store.missing([digest])).toEqual([]);
        }
        await putter;
      }
    }),
  );

  it(
    'takes in a local file and leaves it as it was; refuses what is none',
    check((under) =>
      inFolder(async (folder) => {
        const { store } = under;
        const path = join(folder, 'a file');
        const bytes = sample(2 * mebibyte);
        await writeFile(path, bytes, { mode: 0o755 });
        expect(await store.putFile(path)).toMatchObject({
          digest: digestOf(bytes),
          sizeBytes: 2 * mebibyte,
        });
        await writeFile(path, 'changed');
        expect(await store.verify(digestOf(bytes))).toBe('intact');
        const unreadable = { kind: 'invalid', code: 'FILE_UNREADABLE' };
        expect(await outcome(store.putFile(join(folder, 'absent')))).toEqual(unreadable);
        expect(await outcome(store.putFile(folder))).toEqual(unreadable);
        expect(await outcome(store.putFile(path, { maxBytes: 3 }))).toMatchObject({ code: 'BLOB_TOO_LARGE' });
        expect(await outcome(store.putFile(path, { expected: digestOf(bytes) }))).toMatchObject({
          code: 'BLOB_DIGEST_MISMATCH',
        });
        expect(await Array.fromAsync(store.list())).toHaveLength(1);
        expect(await under.leftovers()).toBe(0);
      }),
    ),
  );
}
