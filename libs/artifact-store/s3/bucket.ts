import type { IncomingMessage } from 'node:http';
import type {
  $Command,
  S3ClientResolvedConfig,
  ServiceInputTypes,
  ServiceOutputTypes,
} from '@aws-sdk/client-s3';
import { attemptMs, openS3Client, type S3Access, type S3Place } from '#s3';
import { cancelled } from '../errors.js';
import { toDomainError, unreachable } from './errors.js';
import { openShortcut, type ShortRequest } from './shortcut.js';

export type BucketOptions = S3Place & S3Access;

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
  /** The short way: undefined when it leads nowhere, and {@link Bucket.send} is to be tried. */
  ask(
    request: ShortRequest,
    limits?: Pick<Limits, 'signal' | 'sizeBytes'>,
  ): Promise<IncomingMessage | undefined>;
  close(): void;
}

/** The slowest line that is waited for. */
const leastBytesPerMs = 256;
const atServerTimes = 6;

export function openBucket(options: BucketOptions): Bucket {
  const { bucket: name, prefix, deadlineMs = 10_000 } = options;
  const client = openS3Client(options, options);
  const shortcut = openShortcut(client);
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
    ask: (request, { signal, sizeBytes = 0 } = {}) =>
      shortcut(request, { signal, withinMs: attemptMs(deadlineMs) + sizeBytes / leastBytesPerMs }),
    close: () => client.destroy(),
  };
}
