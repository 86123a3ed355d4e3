import { GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import type { LogFiles } from './log-files.js';

/** The same files in a bucket. Credentials come from where Amazon's tools look for them. */
export function openS3Files(place: string): LogFiles {
  const [path = '', query = ''] = place.replace(/^s3:\/*/, '').split('?', 2);
  const [Bucket = '', ...rest] = path.split('/');
  const prefix = rest
    .filter((part) => part !== '')
    .map((part) => `${part}/`)
    .join('');
  const settings = new URLSearchParams(query);
  const endpoint = settings.get('endpoint');
  const client = new S3Client({
    region: settings.get('region') ?? process.env['AWS_REGION'] ?? 'us-east-1',
    ...(endpoint === null ? {} : { endpoint, forcePathStyle: true }),
  });

  return {
    async read(name) {
      try {
        const { Body } = await client.send(new GetObjectCommand({ Bucket, Key: prefix + name }));
        return await Body?.transformToByteArray();
      } catch (error) {
        if ((error as Error).name === 'NoSuchKey') return undefined;
        throw error;
      }
    },
    async list(folder) {
      const Prefix = `${prefix}${folder}/`;
      const names: string[] = [];
      let ContinuationToken: string | undefined;
      do {
        const page = await client.send(new ListObjectsV2Command({ Bucket, Prefix, ContinuationToken }));
        for (const { Key = '' } of page.Contents ?? []) names.push(Key.slice(Prefix.length));
        ContinuationToken = page.NextContinuationToken;
      } while (ContinuationToken !== undefined);
      return names;
    },
    together: 16,
    close: () => client.destroy(),
  };
}
