import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { systemClock, type Digest } from '#kernel';
import type { ArtifactStore } from '#artifact-store';
import { openFileArtifactStore } from '#artifact-store/file';
import { download, messageBytes, openUploads, type Uploads } from './index.js';

const digestOf = (bytes: Uint8Array) =>
  `sha256:${createHash('sha256').update(bytes).digest('hex')}` as Digest;
const blob = (sizeBytes: number) => {
  const bytes = new Uint8Array(randomBytes(sizeBytes));
  return { bytes, digest: digestOf(bytes), sizeBytes };
};
async function* sending(bytes: Uint8Array, breakAfter = Infinity) {
  for (let at = 0; at < bytes.length; at += 100_000) {
    if (at >= breakAfter) throw new Error('connection lost');
    yield bytes.subarray(at, at + 100_000);
  }
}

describe('blob transfer', () => {
  let dir: string;
  let artifacts: ArtifactStore;
  let uploads: Uploads;
  const open = () => openUploads({ artifacts, dir: join(dir, 'uploads'), clock: systemClock });
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'holdfast-uploads-'));
    artifacts = await openFileArtifactStore({ dir: join(dir, 'artifacts') });
    uploads = await open();
  });
  afterEach(async () => {
    await artifacts.close();
    await rm(dir, { recursive: true });
  });

  it.each([0, 1, 1_048_576, 1_048_577, 5_000_000])(
    'takes and gives a blob of %i bytes',
    async (sizeBytes) => {
      const { bytes, digest } = blob(sizeBytes);
      expect(await uploads.held({ digest, sizeBytes })).toEqual({ offset: 0, complete: false });
      await uploads.receive({ digest, sizeBytes, offset: 0 }, sending(bytes));
      expect(await uploads.held({ digest, sizeBytes })).toEqual({ offset: sizeBytes, complete: true });
      const pieces = await Array.fromAsync(download(artifacts, { digest }));
      expect(Buffer.compare(Buffer.concat(pieces), bytes)).toBe(0);
      expect(pieces.every(({ length }) => length <= messageBytes)).toBe(true);
      const part = Buffer.concat(
        await Array.fromAsync(download(artifacts, { digest, offset: 1, length: 9 })),
      );
      expect(Buffer.compare(part, bytes.subarray(1, 10))).toBe(0);
      expect(await readdir(join(dir, 'uploads'))).toEqual([]);
    },
  );

  it('goes on where the connection broke, also after a restart', async () => {
    const { bytes, digest, sizeBytes } = blob(5_000_000);
    const broken = uploads.receive({ digest, sizeBytes, offset: 0 }, sending(bytes, 2_000_000));
    await expect(broken).rejects.toThrow('connection lost');
    uploads = await open();
    const { offset } = await uploads.held({ digest, sizeBytes });
    expect(offset).toBe(2_000_000);
    await expect(
      uploads.receive({ digest, sizeBytes, offset: 5 }, sending(bytes.subarray(5))),
    ).rejects.toMatchObject({ code: 'UPLOAD_OFFSET', facts: { offset } });
    await uploads.receive({ digest, sizeBytes, offset }, sending(bytes.subarray(offset)));
    expect(await artifacts.verify(digest)).toBe('intact');
  });

  it('drops, at the next start, what had been taken in when a crash came before it was removed', async () => {
    const [stored, half] = [blob(2_000_000), blob(2_000_000)];
    for (const { bytes, digest, sizeBytes } of [stored, half]) {
      const broken = uploads.receive({ digest, sizeBytes, offset: 0 }, sending(bytes, 1_500_000));
      await expect(broken).rejects.toThrow('connection lost');
    }
    await artifacts.put(stored.bytes);
    uploads = await open();
    const { digest, sizeBytes } = half;
    expect(await readdir(join(dir, 'uploads'))).toHaveLength(1);
    expect(await uploads.held({ digest, sizeBytes })).toEqual({ offset: 1_500_000, complete: false });
  });

  it('gives two clients with the same blob the same result', async () => {
    const { bytes, digest, sizeBytes } = blob(3_000_000);
    const results = await Promise.all(
      [0, 1, 2].map(() => uploads.receive({ digest, sizeBytes, offset: 0 }, sending(bytes))),
    );
    expect(new Set(results.map((result) => result.digest))).toEqual(new Set([digest]));
  });

  it.each([1000, 2_000_000])('keeps nothing of %i bytes that are not what was announced', async (size) => {
    const { bytes, sizeBytes } = blob(size);
    const { digest } = blob(5);
    const wrong = uploads.receive({ digest, sizeBytes, offset: 0 }, sending(bytes));
    await expect(wrong).rejects.toMatchObject({ kind: 'integrity', code: 'BLOB_DIGEST_MISMATCH' });
    expect(await uploads.held({ digest, sizeBytes })).toEqual({ offset: 0, complete: false });
    const right = digestOf(bytes);
    const long = uploads.receive({ digest: right, sizeBytes: size - 1, offset: 0 }, sending(bytes));
    await expect(long).rejects.toMatchObject({ code: 'UPLOAD_TOO_LONG' });
    const short = uploads.receive({ digest: right, sizeBytes: size + 1, offset: 0 }, sending(bytes));
    await expect(short).rejects.toMatchObject({ code: 'UPLOAD_INCOMPLETE', facts: { offset: size } });
    expect(await Array.fromAsync(artifacts.list())).toEqual([]);
  });

  it('refuses sizes that are none', async () => {
    const { digest } = blob(1);
    for (const sizeBytes of [-1, 0.5, NaN, 2 ** 60]) {
      await expect(uploads.held({ digest, sizeBytes })).rejects.toMatchObject({
        code: expect.stringMatching(/^UPLOAD_SIZE|BLOB_TOO_LARGE$/),
      });
    }
  });

  it('forgets what nobody has gone on with for a day', async () => {
    const { bytes, digest, sizeBytes } = blob(3_000_000);
    const broken = uploads.receive({ digest, sizeBytes, offset: 0 }, sending(bytes, 1_000_000));
    await expect(broken).rejects.toThrow('connection lost');
    const [name] = await readdir(join(dir, 'uploads'));
    await utimes(join(dir, 'uploads', name as string), 0, 0);
    uploads = await open();
    expect(await uploads.held({ digest, sizeBytes })).toEqual({ offset: 0, complete: false });
  });
});
