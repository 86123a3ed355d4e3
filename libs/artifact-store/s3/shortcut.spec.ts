import { describe, expect, it } from '@jest/globals';
import { signedHeaders } from './shortcut.js';

/** The examples of https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html. */
const way = {
  ...{ protocol: 'https:', host: 'examplebucket.s3.amazonaws.com', port: undefined, region: 'us-east-1' },
};
const credentials = {
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
};
const now = new Date('2013-05-24T00:00:00Z');
const signature = ({ authorization = '' }: Record<string, string>) =>
  /Signature=(.*)$/.exec(authorization)?.[1];

describe('a request that is signed by the short way', () => {
  it('has the signature of the example that reads a part of an object', () => {
    const request = { method: 'GET', headers: { range: 'bytes=0-9' } } as const;
    expect(signature(signedHeaders(request, '/test.txt', way, credentials, now))).toBe(
      'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
    );
  });

  it('has the signature of the example that writes an object', () => {
    const sha256 = '44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072';
    const headers = { date: 'Fri, 24 May 2013 00:00:00 GMT', 'x-amz-storage-class': 'REDUCED_REDUNDANCY' };
    const request = { method: 'PUT', headers, sha256 } as const;
    expect(signature(signedHeaders(request, '/test%24file.text', way, credentials, now))).toBe(
      '98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd',
    );
  });

  it('names a port that is not the usual one, and the session of borrowed credentials', () => {
    const elsewhere = { ...way, protocol: 'http:', host: 'minio', port: 9000 };
    const headers = signedHeaders(
      { method: 'HEAD' },
      '/lab/x',
      elsewhere,
      { ...credentials, sessionToken: 'lent' },
      now,
    );
    expect(headers).toMatchObject({ host: 'minio:9000', 'x-amz-security-token': 'lent' });
    expect(headers['authorization']).toContain(
      'SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-security-token,',
    );
  });
});
