import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Digest } from '#kernel';
import type { ArtifactStoreUnderTest, OpenUnderTest } from './under-test.js';

export const mebibyte = 2 ** 20;

/** Hashed here anew, so that the store is not its own witness. */
export const digestOf = (bytes: Uint8Array): Digest =>
  `sha256:${createHash('sha256').update(bytes).digest('hex')}` as Digest;

export const sample = (sizeBytes: number): Uint8Array => new Uint8Array(randomBytes(sizeBytes));

export async function* inPieces(bytes: Uint8Array, pieceBytes: number): AsyncGenerator<Uint8Array, void> {
  for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes);
}

export async function collect(bytes: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  return new Uint8Array(Buffer.concat(await Array.fromAsync(bytes)));
}

/** What a promise failed with, as data; its value when it did not fail. */
export const outcome = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    (value) => value,
    (error: { kind?: string; code?: string }) => ({ kind: error.kind, code: error.code }),
  );

/** A folder for the test alone. */
export async function inFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-blobs-'));
  try {
    await test(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Runs a test on a store of its own and removes it afterwards. */
export const withStore =
  (open: OpenUnderTest) =>
  (test: (under: ArtifactStoreUnderTest) => Promise<void>) =>
  async (): Promise<void> => {
    const under = await open();
    try {
      await test(under);
    } finally {
      await under.dispose();
    }
  };
