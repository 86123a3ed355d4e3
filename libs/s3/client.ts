import { S3Client } from '@aws-sdk/client-s3';
import type { S3Place } from './place.js';

export interface S3Access {
  /** In place of what Amazon's tools find. */
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
  /** How long a request without bytes may take, retries and all. Default 10 s. */
  readonly deadlineMs?: number;
}

/** The beginning of an answer may take an attempt so long. */
export const attemptMs = (deadlineMs: number): number => Math.min(5_000, deadlineMs / 2);

/** What fails is asked again; who calls ends that by an abort signal at the deadline. */
export function openS3Client(
  { endpoint, region }: S3Place,
  { credentials, deadlineMs = 10_000 }: S3Access,
): S3Client {
  const client = new S3Client({
    ...(region === undefined ? (endpoint === undefined ? {} : { region: 'us-east-1' }) : { region }),
    ...(endpoint === undefined ? {} : { endpoint, forcePathStyle: true }),
    ...(credentials === undefined ? {} : { credentials }),
    // Throttled, failed and broken requests are repeated, ever later, until the deadline.
    maxAttempts: 5,
    retryMode: 'standard',
    requestHandler: {
      connectionTimeout: attemptMs(deadlineMs) / 2,
      requestTimeout: attemptMs(deadlineMs),
      // Half-open while bytes are sent.
      socketTimeout: 3 * deadlineMs,
      throwOnRequestTimeout: true,
    },
    // Bytes carry their SHA-256 both ways already; another sum would cost time only.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    // Would open a connection of its own for each larger request.
    expectContinueHeader: false,
    logger: silent,
  });
  client.middlewareStack.add(
    (next) => (args) => {
      const { Body, ChecksumSHA256 } = args.input as { Body?: unknown; ChecksumSHA256?: string };
      const request = args.request as { headers: Record<string, string> };
      // Known already: the signer would hash them again, all in one go.
      if (Body !== undefined && ChecksumSHA256 !== undefined)
        request.headers['x-amz-content-sha256'] = Buffer.from(ChecksumSHA256, 'base64').toString('hex');
      return next(args);
    },
    { step: 'build', name: 'knownPayloadHash' },
  );
  return client;
}

/** The client would write to the console otherwise. */
const silent = { trace() {}, debug() {}, info() {}, warn() {}, error() {} };
