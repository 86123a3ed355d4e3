import { randomBytes } from 'node:crypto';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from '@jest/globals';
import { epochMs, systemClock, type Digest } from '#kernel';
import { digestOf, mebibyte, outcome, sample, withStore } from './samples.js';
import type { OpenUnderTest } from './under-test.js';

const closed = { kind: 'unavailable', code: 'STORE_CLOSED' };

export function keeping(open: OpenUnderTest): void {
  const check = withStore(open);

  it(
    'lists every blob in digest order, from any digest on',
    check(async ({ store }) => {
      const digests: Digest[] = [];
      for (let i = 0; i < 40; i++)
        digests.push((await store.put(sample(i % 4 === 0 ? 70_000 : 10 + i))).digest);
      digests.sort();
      const listed = async (after?: Digest) =>
        (await Array.fromAsync(store.list(after ? { after } : {}))).map(({ digest }) => digest);
      expect(await listed()).toEqual(digests);
      for (const i of [0, 1, 6, 7, 8, 20, 38, 39])
        expect(await listed(digests[i])).toEqual(digests.slice(i + 1));
      const absent = digestOf(sample(9));
      expect(await store.missing([absent, ...digests])).toEqual([absent]);
      expect(await listed(absent)).toEqual(digests.filter((digest) => digest > absent));
    }),
  );

  it.each([1000, 100_000])('deletes one blob of %i bytes and no other; they can come again', (sizeBytes) =>
    check(async ({ store }) => {
      const [bytes, other] = [sample(sizeBytes), sample(sizeBytes)];
      const { digest } = await store.put(bytes);
      await store.put(other);
      expect(await store.delete(digest)).toBe(true);
      expect(await store.delete(digest)).toBe(false);
      expect(await store.stat(digest)).toBeUndefined();
      expect(await store.verify(digestOf(other))).toBe('intact');
      await store.put(bytes);
      expect(await store.verify(digest)).toBe('intact');
    })(),
  );

  it(
    'counts a blob as new when its bytes come again, so that it is not collected meanwhile',
    check(async ({ store }) => {
      for (const bytes of [sample(10), sample(100_000)]) {
        const putAt = async () => {
          const { digest } = await store.put(bytes);
          return epochMs((await store.stat(digest))!.storedAt);
        };
        const first = await putAt();
        let again = await putAt();
        while (again === first) {
          // An engine may know whole seconds only.
          await systemClock.sleep(20);
          again = await putAt();
        }
        expect(again).toBeGreaterThan(first);
      }
    }),
  );

  it(
    'streams 64 MiB in and out in flat memory',
    check(async ({ store }) => {
      const collectGarbage = garbageCollector();
      const piece = randomBytes(mebibyte);
      const held: number[] = [];
      const measure = () => {
        collectGarbage();
        held.push(process.memoryUsage().arrayBuffers);
      };
      async function* large() {
        for (let i = 0; i < 64; i++) {
          if (i % 16 === 0) measure();
          yield piece;
        }
      }
      const { digest, sizeBytes } = await store.put(large());
      expect(sizeBytes).toBe(64 * mebibyte);
      let read = 0;
      for await (const bytes of store.get(digest)) {
        if (read % (16 * mebibyte) === 0) measure();
        read += bytes.length;
      }
      expect(read).toBe(sizeBytes);
      expect(Math.max(...held) - (held[0] as number)).toBeLessThan(40 * mebibyte);
    }),
  );

  it(
    'hashes one large buffer without holding the event loop up',
    check(async ({ store }) => {
      let turns = 0;
      let counting = true;
      const turn = () => {
        turns++;
        if (counting) setImmediate(turn);
      };
      setImmediate(turn);
      await store.put(sample(16 * mebibyte));
      counting = false;
      expect(turns).toBeGreaterThan(30);
    }),
  );

  it(
    'tells the same of a blob in a list as by itself, and can be asked whether it works',
    check(async ({ store }) => {
      await store.probe();
      for (const sizeBytes of [0, 10, 70_000, 2 * mebibyte]) await store.put(sample(sizeBytes));
      for (const listed of await Array.fromAsync(store.list())) {
        const found = await store.stat(listed.digest);
        expect(found).toMatchObject({ digest: listed.digest, sizeBytes: listed.sizeBytes });
        const apartMs = epochMs(found?.storedAt ?? listed.storedAt) - epochMs(listed.storedAt);
        expect(Math.abs(apartMs)).toBeLessThanOrEqual(1000);
      }
    }),
  );

  it(
    'refuses every call after it was closed, and closes twice',
    check(async ({ store }) => {
      const { digest } = await store.put(sample(10));
      const last = outcome(store.put(sample(mebibyte)));
      await store.close();
      await store.close();
      expect(await last).toMatchObject({ sizeBytes: mebibyte });
      const calls = [
        store.put(sample(1)),
        store.stat(digest),
        store.read(digest),
        store.verify(digest),
        store.delete(digest),
        store.settle(),
        store.probe(),
        store.missing([digest]),
        Array.fromAsync(store.list()),
        Array.fromAsync(store.get(digest)),
      ];
      expect(await Promise.all(calls.map(outcome))).toEqual(calls.map(() => closed));
    }),
  );
}

function garbageCollector(): () => void {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
}
