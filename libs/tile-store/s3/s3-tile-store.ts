import { hash } from 'node:crypto';
import {
  DeleteObjectsCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type GetObjectCommandOutput,
} from '@aws-sdk/client-s3';
import { openS3Client, type S3Access, type S3Place } from '#s3';
import { checkLength, checkPath, checkUnchanged } from '../checks.js';
import type { LogFile, TileStore } from '../tile-store.js';
import { isAbsent, toDomainError } from './errors.js';

export type S3TileStoreOptions = S3Place & S3Access;

/** Requests at the same time. */
const together = 8;

/** The log as objects of a bucket, which may serve them to the public itself. */
export function openS3TileStore(options: S3TileStoreOptions): TileStore {
  const { bucket, prefix, deadlineMs = 10_000 } = options;
  const client = openS3Client(options, options);
  const object = (path: string) => ({ Bucket: bucket, Key: prefix + checkPath(path) });

  async function within<T>(path: string, ask: (abortSignal: AbortSignal) => Promise<T>): Promise<T> {
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(), deadlineMs);
    try {
      return await ask(late.signal);
    } catch (error) {
      throw toDomainError(error, bucket, path);
    } finally {
      clearTimeout(timer);
    }
  }

  const get = (
    path: string,
  ): Promise<{ readonly bytes: Uint8Array; readonly etag: string | undefined } | undefined> =>
    within(path, async (abortSignal) => {
      const found = await client.send(new GetObjectCommand(object(path)), { abortSignal }).catch(orAbsent);
      if (found?.Body === undefined) return undefined;
      checkLength(path, found.ContentLength ?? 0);
      return { bytes: await found.Body.transformToByteArray(), etag: found.ETag };
    });

  const put = ({ path, bytes }: LogFile, condition: { IfMatch?: string; IfNoneMatch?: string } = {}) =>
    within(path, (abortSignal) =>
      client.send(
        new PutObjectCommand({
          ...object(path),
          ...condition,
          Body: bytes,
          ChecksumSHA256: hash('sha256', bytes, 'base64'),
          ContentType: path.startsWith('tile/') ? 'application/octet-stream' : 'text/plain; charset=utf-8',
          CacheControl: path === 'checkpoint' ? 'no-cache' : 'public, max-age=31536000, immutable',
        }),
        { abortSignal },
      ),
    );

  /** What was replaced last need not be read again: the server compares. */
  let last: (LogFile & { readonly etag: string }) | undefined;

  /** Keys below a folder; those of files in it with `only`. */
  async function keysBelow(folder: string, only: boolean): Promise<readonly string[]> {
    const keys: string[] = [];
    const at = {
      Bucket: bucket,
      Prefix: `${prefix}${checkPath(folder)}/`,
      ...(only ? { Delimiter: '/' } : {}),
    };
    for (let token: string | undefined, first = true; first || token !== undefined; first = false) {
      const next = token === undefined ? at : { ...at, ContinuationToken: token };
      const page = await within(folder, (abortSignal) =>
        client.send(new ListObjectsV2Command(next), { abortSignal }),
      );
      for (const { Key = '' } of page.Contents ?? []) keys.push(Key);
      token = page.NextContinuationToken;
    }
    return keys;
  }

  return {
    read: async (path) => (await get(path))?.bytes,
    async write(files) {
      for (let at = 0; at < files.length; at += together)
        await Promise.all(files.slice(at, at + together).map((file) => put(file)));
    },
    async replace(path, bytes, before) {
      const found = before !== undefined && last?.path === path ? last : await get(path);
      checkUnchanged(path, found?.bytes, before);
      last = undefined;
      const condition = found?.etag === undefined ? { IfNoneMatch: '*' } : { IfMatch: found.etag };
      const { ETag: etag } = await put({ path, bytes }, condition);
      last = etag === undefined ? undefined : { path, bytes, etag };
    },
    async remove(path) {
      const keys = [object(path).Key, ...(await keysBelow(path, false))];
      for (let at = 0; at < keys.length; at += 1000) {
        const Objects = keys.slice(at, at + 1000).map((Key) => ({ Key }));
        await within(path, (abortSignal) =>
          client.send(new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects, Quiet: true } }), {
            abortSignal,
          }),
        );
      }
    },
    async list(folder) {
      const keys = await keysBelow(folder, true);
      return keys.map((key) => key.slice(`${prefix}${folder}/`.length));
    },
    close() {
      client.destroy();
      return Promise.resolve();
    },
  };
}

function orAbsent(error: unknown): GetObjectCommandOutput | undefined {
  if (isAbsent(error)) return undefined;
  throw error;
}
