import { hash } from 'node:crypto';
import {
  DeleteObjectsCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  type GetObjectCommandOutput,
} from '@aws-sdk/client-s3';
import { checkLength, checkPath, checkUnchanged } from '../checks.js';
import type { LogFile, TileStore } from '../tile-store.js';
import { isAbsent, toDomainError } from './errors.js';
import { s3Place } from './place.js';

export interface S3TileStoreOptions {
  /** In place of what Amazon's tools find. */
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
  /** How long a request may take, its repeats included. Default 10 s. */
  readonly deadlineMs?: number;
}

/** Requests at the same time. */
const together = 8;

/** The log as objects of a bucket, which may serve them to the public itself. @param place as `HOLDFAST_AUDIT_LOG` @throws INVALID_INPUT */
export function openS3TileStore(
  place: string,
  { credentials, deadlineMs = 10_000 }: S3TileStoreOptions = {},
): TileStore {
  const { bucket, prefix, endpoint, region } = s3Place(place);
  const client = new S3Client({
    ...(region === undefined ? (endpoint === undefined ? {} : { region: 'us-east-1' }) : { region }),
    ...(endpoint === undefined ? {} : { endpoint, forcePathStyle: true }),
    ...(credentials === undefined ? {} : { credentials }),
    requestHandler: {
      connectionTimeout: deadlineMs / 4,
      requestTimeout: deadlineMs / 2,
      throwOnRequestTimeout: true,
    },
    // Bytes carry their SHA-256 already.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    logger: { trace() {}, debug() {}, info() {}, warn() {}, error() {} },
  });
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
      const found = await get(path);
      checkUnchanged(path, found?.bytes, before);
      await put({ path, bytes }, found?.etag === undefined ? { IfNoneMatch: '*' } : { IfMatch: found.etag });
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
