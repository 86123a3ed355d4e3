import { randomUUID } from 'node:crypto';
import {
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import type { S3ArtifactStoreOptions } from '#artifact-store/s3';
import type { Digest } from '#kernel';

/** A prefix of a test's own in a bucket of a server, and what only the server's own client can do there. */
export interface TestBucket {
  readonly client: S3Client;
  readonly options: S3ArtifactStoreOptions;
  bytesOf(digest: Digest): Promise<Uint8Array>;
  overwrite(digest: Digest, bytes: Uint8Array): Promise<void>;
  put(key: string, bytes: string): Promise<void>;
  /** One that nobody will end. */
  beginUpload(): Promise<void>;
  /** Uploads that were begun and not ended, and objects that are no blobs. */
  leftovers(): Promise<number>;
  remove(): Promise<void>;
}

const bucket = 'holdfast-tests';

/** @param url `http://key:secret@host:port` */
export async function testBucket(url: string): Promise<TestBucket> {
  const { username, password, origin: endpoint } = new URL(url);
  const credentials = { accessKeyId: username, secretAccessKey: password };
  const client = new S3Client({ endpoint, credentials, region: 'us-east-1', forcePathStyle: true });
  await client.send(new CreateBucketCommand({ Bucket: bucket })).catch((error: Error) => {
    if (!/^BucketAlready/.test(error.name)) throw error;
  });
  const prefix = `${randomUUID()}/`;
  const within = { Bucket: bucket, Prefix: prefix };
  const keyOf = (digest: Digest) => `${prefix}blobs/sha256/${digest.slice(7, 9)}/${digest.slice(7)}`;
  const keys = async () => {
    const found: string[] = [];
    for (let StartAfter: string | undefined; ; StartAfter = found.at(-1)) {
      const page = await client.send(new ListObjectsV2Command({ ...within, StartAfter }));
      found.push(...(page.Contents ?? []).map(({ Key = '' }) => Key));
      if (!page.IsTruncated) return found;
    }
  };
  return {
    client,
    options: { bucket, prefix, endpoint, credentials, pageBlobs: 7 },
    async bytesOf(digest) {
      const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: keyOf(digest) }));
      return Body!.transformToByteArray();
    },
    async overwrite(digest, bytes) {
      await client.send(new PutObjectCommand({ Bucket: bucket, Key: keyOf(digest), Body: bytes }));
    },
    async put(key, bytes) {
      await client.send(new PutObjectCommand({ Bucket: bucket, Key: `${prefix}${key}`, Body: bytes }));
    },
    async beginUpload() {
      const Key = `${prefix}blobs/sha256/aa/${'a'.repeat(64)}`;
      await client.send(new CreateMultipartUploadCommand({ Bucket: bucket, Key }));
    },
    async leftovers() {
      const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand(within));
      const strangers = (await keys()).filter(
        (key) => !/\/blobs\/sha256\/[0-9a-f]{2}\/[0-9a-f]{64}$/.test(key),
      );
      return Uploads.length + strangers.length;
    },
    async remove() {
      const all = await keys();
      for (let at = 0; at < all.length; at += 1000) {
        const Objects = all.slice(at, at + 1000).map((Key) => ({ Key }));
        await client.send(new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects } }));
      }
      client.destroy();
    },
  };
}
