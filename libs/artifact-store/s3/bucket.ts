import {
  S3Client,
  type $Command,
  type S3ClientResolvedConfig,
  type ServiceInputTypes,
  type ServiceOutputTypes,
} from '@aws-sdk/client-s3';
import { cancelled } from '../errors.js';
import { toDomainError, unreachable } from './errors.js';
import type { S3Place } from './place.js';

export interface BucketOptions extends S3Place {
  /** In place of what Amazon's tools find. */
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
  /** How long a request without bytes may take, retries and all. Default 10 s. */
  readonly deadlineMs?: number;
}

export interface Limits {
  readonly signal?: AbortSignal | undefined;
  /** How many bytes are sent: time for them comes on top. */
  readonly sizeBytes?: number;
  /** The server puts many bytes together before it answers: it gets several times as long. */
  readonly atServer?: boolean;
  /** In place of the store's deadline. */
  readonly withinMs?: number;
}

/** One bucket and the way to it. */
export interface Bucket {
  readonly name: string;
  /** A body that gives nothing for so long has broken off. */
  readonly silenceMs: number;
  readonly prefix: string;
  /** @throws CANCELLED, STORAGE_UNREACHABLE and what else {@link toDomainError} makes of an error */
  send<Input extends ServiceInputTypes, Output extends ServiceOutputTypes>(
    command: $Command<Input, Output, S3ClientResolvedConfig, ServiceInputTypes, ServiceOutputTypes>,
    limits?: Limits,
  ): Promise<Output>;
  close(): void;
}

/** The slowest line that is waited for. */
const leastBytesPerMs = 256;
/** One attempt may wait so long for the beginning of an answer. */
const attemptMs = (deadlineMs: number) => Math.min(5_000, deadlineMs / 2);
const atServerTimes = 6;

export function openBucket(options: BucketOptions): Bucket {
  const { bucket: name, prefix, deadlineMs = 10_000 } = options;
  const client = clientOf(options, deadlineMs);
  return {
    name,
    silenceMs: attemptMs(deadlineMs),
    prefix,
    async send(command, { signal, sizeBytes = 0, atServer = false, withinMs = deadlineMs } = {}) {
      if (signal?.aborted) throw cancelled();
      const extraMs = sizeBytes / leastBytesPerMs + (atServer ? atServerTimes * deadlineMs : 0);
      const late = new AbortController();
      const timer = setTimeout(() => late.abort(), withinMs + extraMs);
      const abortSignal = signal ? AbortSignal.any([signal, late.signal]) : late.signal;
      try {
        return await client.send(command, { abortSignal, requestTimeout: attemptMs(withinMs) + extraMs });
      } catch (error) {
        if (signal?.aborted) throw cancelled();
        if (late.signal.aborted) throw unreachable(name, 'no answer in time');
        throw toDomainError(error, name);
      } finally {
        clearTimeout(timer);
      }
    },
    close: () => client.destroy(),
  };
}

function clientOf({ endpoint, region, credentials }: BucketOptions, deadlineMs: number): S3Client {
  const client = new S3Client({
    ...(region === undefined ? (endpoint === undefined ? {} : { region: 'us-east-1' }) : { region }),
    ...(endpoint === undefined ? {} : { endpoint, forcePathStyle: true }),
    ...(credentials === undefined ? {} : { credentials }),
    // Throttled, failed and broken requests are repeated, ever later, until the deadline.
    maxAttempts: 5,
    retryMode: 'standard',
    requestHandler: {
      connectionTimeout: attemptMs(deadlineMs) / 2,
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
