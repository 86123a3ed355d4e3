import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { HeadBucketCommand, HeadObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { openS3Client } from '#s3';
import { openShortcut, type Shortcut } from './shortcut.js';

const limits = { signal: undefined, withinMs: 100_000 };
const credentials = { accessKeyId: 'somebody', secretAccessKey: 'something' };

describe('the short way to an object', () => {
  let server: Server;
  let client: S3Client;
  let shortcut: Shortcut;
  const asked: IncomingMessage[] = [];
  let status = 200;
  beforeAll(async () => {
    server = createServer((request, response) => {
      asked.push(request);
      request.resume().on('end', () => response.writeHead(status).end());
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    client = openS3Client({ bucket: 'lab', prefix: '', endpoint }, { credentials });
    shortcut = openShortcut(client);
  });
  afterAll(() => {
    client.destroy();
    server.close();
  });
  beforeEach(() => {
    asked.length = 0;
    status = 200;
  });
  const ask = (key = 'x') => shortcut({ method: 'HEAD', key }, limits);

  it('is not known before the client has gone to the bucket', async () => {
    expect(await ask()).toBeUndefined();
    expect(asked).toEqual([]);
    await client.send(new HeadBucketCommand({ Bucket: 'lab' }));
    expect((await ask())?.resume()).toBeDefined();
  });

  it('asks for what the client would ask for, in the same name', async () => {
    const key = "a+b/c d/(é)!'*~";
    await client.send(new HeadObjectCommand({ Bucket: 'lab', Key: key }));
    (await ask(key))?.resume();
    const [theirs, ours] = asked.map(({ method, url, headers }) => ({
      ...{ method, url, host: headers.host },
      ...{ bytes: headers['x-amz-content-sha256'] },
      scope: /^AWS4-HMAC-SHA256 Credential=[^,]+/.exec(headers.authorization ?? '')?.[0],
    }));
    expect(ours).toEqual(theirs);
    expect(ours?.scope).toMatch(/=somebody\/\d{8}\/us-east-1\/s3\/aws4_request$/);
  });

  it.each([301, 403, 500, 503])('leads nowhere at status %i', async (refused) => {
    status = refused;
    expect(await ask()).toBeUndefined();
  });

  it('leads nowhere where there is no server any more', async () => {
    server.closeAllConnections();
    await new Promise((closed) => server.close(closed));
    expect(await ask()).toBeUndefined();
  });
});
