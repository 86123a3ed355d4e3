import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { openS3ArtifactStore, type S3ArtifactStoreOptions } from '#artifact-store/s3';
import type { ArtifactStore } from '#artifact-store';
import { systemClock, toInstant, type Digest } from '#kernel';
import { sharedServer } from '../support/servers/index.js';
import { testBucket, type TestBucket } from './s3-bucket.js';
import { s3Proxy, type Asked, type Deed, type S3Proxy } from './s3-proxy.js';

const mebibyte = 2 ** 20;
/** Time enough for what is to succeed on a busy machine; what is silent is waited for as long. */
const deadlineMs = 4_000;
const inTimeMs = 60_000;
const digestOf = (bytes: Uint8Array) =>
  `sha256:${createHash('sha256').update(bytes).digest('hex')}` as Digest;
const codeOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'no error',
    ({ kind, code }: { kind?: string; code?: string }) => `${kind} ${code}`,
  );

describe('artifact store on S3, the server failing', () => {
  let bucket: TestBucket;
  let proxy: S3Proxy;
  let store: ArtifactStore;
  const through = (): S3ArtifactStoreOptions => ({
    ...bucket.options,
    endpoint: new URL(proxy.url).origin,
    deadlineMs,
  });
  const collected = async (digest: Digest) => Buffer.concat(await Array.fromAsync(store.get(digest)));

  beforeEach(async () => {
    const url = sharedServer('s3');
    bucket = await testBucket(url);
    proxy = await s3Proxy(url);
    store = await openS3ArtifactStore(through());
    proxy.asked.length = 0;
  });
  afterEach(async () => {
    proxy.deed = undefined;
    await store.close();
    await bucket.remove();
    proxy.close();
  });

  /** The first attempts of everything that is asked. */
  const atFirst = (deed: Deed, attempts: number) => {
    const seen = new Map<string, number>();
    proxy.deed = ({ method, url }: Asked) => {
      const count = (seen.get(method + url) ?? 0) + 1;
      seen.set(method + url, count);
      return count <= attempts ? deed : { does: 'answer' };
    };
  };

  it.each<[string, number, Deed]>([
    ['it is throttled', 1, { does: 'refuse', status: 503, code: 'SlowDown' }],
    ['the server has an inner fault', 2, { does: 'refuse', status: 500, code: 'InternalError' }],
    ['its connections break', 2, { does: 'cut' }],
  ])('works on when %s for a while', async (_, attempts, deed) => {
    await store.close();
    // Whoever is throttled waits longer.
    store = await openS3ArtifactStore({ ...through(), deadlineMs: 20_000 });
    for (const sizeBytes of [100, 9 * mebibyte]) {
      const bytes = randomBytes(sizeBytes);
      const digest = digestOf(bytes);
      atFirst(deed, attempts);
      expect(await store.put(bytes)).toMatchObject({ digest, sizeBytes });
      atFirst(deed, attempts);
      expect(Buffer.compare(await collected(digest), bytes)).toBe(0);
      expect(await store.stat(digest)).toMatchObject({ sizeBytes });
      expect(await Array.fromAsync(store.list())).toHaveLength(1);
      expect(await store.delete(digest)).toBe(true);
    }
    expect(await bucket.leftovers()).toBe(0);
  });

  it.each<[string, Deed]>([
    ['breaks off', { does: 'cut', afterBytes: 700_000 }],
    ['falls silent', { does: 'fall silent', afterBytes: 700_000 }],
  ])('an answer that %s is asked for again from there', async (_, deed) => {
    const bytes = randomBytes(3 * mebibyte);
    const { digest } = await store.put(bytes);
    proxy.asked.length = 0;
    let left = 3;
    proxy.deed = () => (left-- > 0 ? deed : { does: 'answer' });
    expect(Buffer.compare(await collected(digest), bytes)).toBe(0);
    const [first, ...more] = proxy.asked.map(({ range }) => range);
    expect(first).toBeUndefined();
    // More often where an answer itself took too long.
    expect(more.length).toBeGreaterThanOrEqual(3);
    for (const range of more) expect(range).toMatch(/^bytes=[1-9]\d*-/);
  });

  it('an answer that breaks off again and again is an end, not a hang, and leaves no file', async () => {
    const { digest } = await store.put(randomBytes(2 * mebibyte));
    proxy.deed = () => ({ does: 'cut', afterBytes: 0 });
    const folder = await mkdtemp(join(tmpdir(), 'holdfast-s3-'));
    try {
      const path = join(folder, 'out');
      expect(await codeOf(store.materialise(digest, path))).toBe('unavailable STORAGE_UNREACHABLE');
      expect(await codeOf(store.verify(digest))).toBe('unavailable STORAGE_UNREACHABLE');
      await writeFile(path, 'free again', { flag: 'wx' });
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('what is garbled on the way is never served to its end', async () => {
    const { digest } = await store.put(randomBytes(2 * mebibyte));
    proxy.deed = () => ({ does: 'garble', at: 1_000_000 });
    expect(await codeOf(collected(digest))).toBe('integrity BLOB_CORRUPT');
    proxy.deed = undefined;
    expect(await store.verify(digest)).toBe('intact');
  });

  it.each<[string, () => void]>([
    ['silent', () => (proxy.deed = () => ({ does: 'fall silent' }))],
    ['gone', () => proxy.close()],
  ])('every call ends while the server is %s', async (_, begin) => {
    const { digest } = await store.put(randomBytes(100));
    begin();
    const since = performance.now();
    const calls = [
      store.put(randomBytes(10)),
      store.put(randomBytes(9 * mebibyte)),
      store.read(digest),
      Array.fromAsync(store.get(digest, { offset: 0, length: 5 })),
      store.stat(digest),
      store.missing([digest]),
      store.verify(digest),
      store.delete(digest),
      Array.fromAsync(store.list()),
      store.probe(),
    ];
    for (const code of await Promise.all(calls.map(codeOf)))
      expect(code).toBe('unavailable STORAGE_UNREACHABLE');
    expect(performance.now() - since).toBeLessThan(inTimeMs);
    expect(await codeOf(openS3ArtifactStore(through()))).toBe('unavailable STORAGE_UNREACHABLE');
  });

  it('works again as soon as the server does', async () => {
    proxy.deed = () => ({ does: 'fall silent' });
    expect(await codeOf(store.probe())).toBe('unavailable STORAGE_UNREACHABLE');
    proxy.deed = undefined;
    await store.probe();
    const bytes = randomBytes(100);
    expect(await store.put(bytes)).toMatchObject({ digest: digestOf(bytes) });
  });

  it('an upload that cannot be ended leaves no parts behind', async () => {
    proxy.deed = ({ url, method }) =>
      method === 'PUT' && url.includes('partNumber=2')
        ? { does: 'refuse', status: 403, code: 'AccessDenied' }
        : { does: 'answer' };
    expect(await codeOf(store.put(randomBytes(30 * mebibyte)))).toBe('unavailable STORAGE_DENIED');
    expect(await bucket.leftovers()).toBe(0);
    expect(await Array.fromAsync(store.list())).toEqual([]);
  });

  it('an upload whose last answer was lost is found to be there', async () => {
    let lost = 0;
    proxy.deed = ({ url, method }) =>
      method === 'POST' && url.includes('uploadId=') && lost++ === 0
        ? { does: 'lose the answer' }
        : { does: 'answer' };
    const bytes = randomBytes(9 * mebibyte);
    expect(await store.put(bytes)).toMatchObject({ digest: digestOf(bytes) });
    expect(lost).toBeGreaterThan(0);
    expect(await store.verify(digestOf(bytes))).toBe('intact');
    expect(await bucket.leftovers()).toBe(0);
  });

  it('large bytes that are there already are not sent again, and count as new', async () => {
    for (const sizeBytes of [mebibyte, 9 * mebibyte]) {
      const bytes = randomBytes(sizeBytes);
      const { digest } = await store.put(bytes);
      const storedAt = async () => String((await store.stat(digest))?.storedAt);
      const first = await storedAt();
      proxy.asked.length = 0;
      while ((await storedAt()) === first) {
        await systemClock.sleep(20);
        await store.put(bytes);
      }
      expect((await storedAt()) > first).toBe(true);
      expect(proxy.asked.filter(({ url }) => url.includes('partNumber'))).toEqual([]);
      expect(await store.verify(digest)).toBe('intact');
    }
  });

  it('a file that is written to while it is sent is refused, and nothing is kept of it', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'holdfast-s3-'));
    try {
      const path = join(folder, 'growing');
      await writeFile(path, randomBytes(9 * mebibyte));
      proxy.deed = async ({ url }) => {
        if (url.includes('uploads')) await writeFile(path, randomBytes(9 * mebibyte));
        return { does: 'answer' };
      };
      expect(await codeOf(store.putFile(path))).toBe('invalid FILE_UNREADABLE');
      expect(await bucket.leftovers()).toBe(0);
      expect(await Array.fromAsync(store.list())).toEqual([]);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('a full bucket is told as one', async () => {
    proxy.deed = () => ({ does: 'refuse', status: 507, code: 'XMinioStorageFull' });
    expect(await codeOf(store.put(randomBytes(10)))).toBe('exhausted STORAGE_FULL');
  });

  it('no error tells credentials', async () => {
    const { accessKeyId, secretAccessKey } = { accessKeyId: 'AKIATOLDKEY', secretAccessKey: 'told-secret' };
    const more = `<AWSAccessKeyId>${accessKeyId}</AWSAccessKeyId><StringToSign>${secretAccessKey}</StringToSign>`;
    const own = await openS3ArtifactStore({ ...through(), credentials: { accessKeyId, secretAccessKey } });
    for (const [status, code] of [
      [403, 'InvalidAccessKeyId'],
      [403, 'SignatureDoesNotMatch'],
      [400, 'Strange'],
    ] as const) {
      proxy.deed = () => ({ does: 'refuse', status, code, more });
      const error = await own.put(randomBytes(10)).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ kind: 'unavailable' });
      expect(inspect(error, { depth: null, showHidden: true })).not.toMatch(/TOLDKEY|told-secret/);
    }
    await own.close();
  });

  it('a bucket that is not there is told by the setting that names it', async () => {
    const opening = openS3ArtifactStore({ ...bucket.options, bucket: 'holdfast-no-such-bucket' });
    await expect(opening).rejects.toMatchObject({
      code: 'STORAGE_MISSING',
      message: expect.stringContaining('HOLDFAST_ARTIFACT_STORE') as unknown,
    });
  });

  it('ends uploads that were abandoned a day ago, and no younger ones', async () => {
    await bucket.beginUpload();
    await (await openS3ArtifactStore(bucket.options)).close();
    expect(await bucket.leftovers()).toBe(1);
    const tomorrow = () => toInstant(Date.now() + 25 * 60 * 60 * 1000);
    await (
      await openS3ArtifactStore({ ...bucket.options, clock: { ...systemClock, now: tomorrow } })
    ).close();
    expect(await bucket.leftovers()).toBe(0);
  });

  it('passes over what strangers keep beside blobs', async () => {
    const { digest } = await store.put(randomBytes(10));
    for (const key of ['readme', 'blobs/sha256/x', `blobs/sha256/zz/${'z'.repeat(64)}`])
      await bucket.put(key, 'a stranger');
    expect((await Array.fromAsync(store.list())).map((blob) => blob.digest)).toEqual([digest]);
  });
});
