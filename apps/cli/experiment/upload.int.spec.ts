import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DomainError, systemClock, type Digest } from '#kernel';
import { digestBytes } from '#evidence';
import type { registry } from '#contracts';
import { makeFolder, type TestFolder } from '../testing/folder.js';
import { uploadMissing, type LocalBlob } from './upload.js';

let folder: TestFolder;
beforeEach(() => {
  folder = makeFolder();
});
afterEach(() => folder.remove());

const clock = { ...systemClock, sleep: () => Promise.resolve() };
const large = Buffer.alloc(3 * 2 ** 20, 'abcdefg');

function blob(name: string, content: Buffer): LocalBlob {
  return {
    digest: digestBytes(content),
    sizeBytes: content.length,
    name,
    from: { file: folder.put(name, content) },
  };
}

/** A registry that keeps what arrives, and loses the connection as often as it is told. */
function registryThat(holds: readonly Digest[], breaks: { atBytes: number; times: number }) {
  const kept = new Map<string, Buffer>();
  const whole = new Set<string>(holds);
  const headers: registry.UploadHeader[] = [];
  const registry = {
    missingBlobs: async ({ digests }: registry.MissingBlobsRequest) => ({
      digests: digests.filter((digest) => !whole.has(digest)),
    }),
    getUpload: async ({ digest }: registry.GetUploadRequest) => ({
      offset: kept.get(digest)?.length ?? 0,
      complete: whole.has(digest),
    }),
    async putBlob(messages: AsyncIterable<registry.PutBlobRequest>) {
      let header: registry.UploadHeader | undefined;
      let arrived = 0;
      for await (const message of messages) {
        if (message.header) headers.push((header = message.header));
        const { digest = '' } = header ?? {};
        kept.set(digest, Buffer.concat([kept.get(digest) ?? Buffer.alloc(0), message.data]));
        arrived += message.data.length;
        if (breaks.times > 0 && arrived > breaks.atBytes) {
          breaks.times--;
          throw new DomainError('unavailable', 'SERVER_UNREACHABLE', 'gone');
        }
      }
      const { digest = '', sizeBytes = 0 } = header ?? {};
      const bytes = kept.get(digest) ?? Buffer.alloc(0);
      if (bytes.length !== sizeBytes) throw new DomainError('invalid', 'UPLOAD_INCOMPLETE', 'too few');
      if (digestBytes(bytes) !== digest)
        throw new DomainError('integrity', 'BLOB_DIGEST_MISMATCH', 'other bytes');
      whole.add(digest);
      return { blob: { digest, sizeBytes } };
    },
  };
  return { registry: registry as unknown as Parameters<typeof uploadMissing>[0], headers, whole };
}

describe('uploading what a server lacks', () => {
  it('sends each blob once, and not what is there', async () => {
    const [a, b] = [blob('a', Buffer.from('a')), blob('b', Buffer.from('b'))];
    const { registry, headers, whole } = registryThat([b.digest], { atBytes: 0, times: 0 });
    const seen: [number, number][] = [];
    const sent = await uploadMissing(registry, [a, a, b, { ...a, name: 'again' }], {
      clock,
      onProgress: (done, total) => seen.push([done, total]),
    });
    expect(sent).toEqual({ blobs: 1, sizeBytes: 1 });
    expect(headers.map(({ digest }) => digest)).toEqual([a.digest]);
    expect(whole).toContain(a.digest);
    expect(seen.at(-1)).toEqual([1, 1]);
  });

  it('goes on where it was interrupted, as long as it gets on', async () => {
    const big = blob('big', large);
    const { registry, headers, whole } = registryThat([], { atBytes: 400_000, times: 6 });
    const seen: number[] = [];
    await uploadMissing(registry, [big], { clock, onProgress: (done) => seen.push(done) });
    expect(whole).toContain(big.digest);
    const offsets = headers.map(({ offset }) => offset);
    expect(offsets).toHaveLength(7);
    expect(offsets).toEqual(offsets.toSorted((a, b) => a - b));
    expect(offsets.at(-1)).toBeGreaterThan(2 * 2 ** 20);
    expect(seen.at(-1)).toBe(large.length);
  });

  it('gives up when it does not get on, with what the server said', async () => {
    const { registry, headers } = registryThat([], { atBytes: -1, times: Infinity });
    const failing = uploadMissing(registry, [blob('a', Buffer.from('a'))], { clock });
    await expect(failing).rejects.toMatchObject({ code: 'SERVER_UNREACHABLE' });
    expect(headers.length).toBeLessThan(10);
  });

  it('says which file changed since it was hashed', async () => {
    const changed = blob('a', Buffer.from('as it was'));
    folder.put('a', 'as it is.');
    const { registry } = registryThat([], { atBytes: 0, times: 0 });
    const failing = uploadMissing(registry, [changed], { clock });
    await expect(failing).rejects.toMatchObject({
      code: 'FILE_CHANGED',
      message: expect.stringContaining('a changed'),
    });
  });
});
