import {
  Metadata,
  type Client,
  type ClientReadableStream,
  type ClientWritableStream,
  type ServiceError,
} from '@grpc/grpc-js';
import { DomainError, epochMs, systemClock } from '#kernel';
import { entriesOf, type CallOptions } from './call-options.js';
import type { AnyMethod } from './service-client.js';
import { fromServiceError } from './transport-error.js';

/** One service at one address. */
export interface Channel {
  readonly client: Client;
  readonly address: string;
}

interface Cancellable {
  cancel(): void;
}

function prepare(channel: Channel, options: CallOptions) {
  const metadata = new Metadata();
  for (const [name, value] of entriesOf(options)) metadata.set(name, value);
  const { deadlineMs } = options;
  return {
    metadata,
    grpc: deadlineMs === undefined ? {} : { deadline: epochMs(systemClock.now()) + deadlineMs },
  };
}

/** Cancels with the signal; the returned function lets go of it. */
function follow(signal: AbortSignal | undefined, call: Cancellable): () => void {
  const cancel = () => call.cancel();
  if (signal?.aborted) cancel();
  signal?.addEventListener('abort', cancel, { once: true });
  return () => signal?.removeEventListener('abort', cancel);
}

function failure(error: unknown, channel: Channel, options: CallOptions): unknown {
  if (options.signal?.aborted)
    return new DomainError('cancelled', 'CANCELLED', 'the call was cancelled', { cause: error });
  return isServiceError(error) ? fromServiceError(error, channel.address, options.deadlineMs) : error;
}

const isServiceError = (error: unknown): error is ServiceError =>
  error instanceof Error && typeof (error as Partial<ServiceError>).code === 'number';

export const callUnary = (channel: Channel, method: AnyMethod, request: unknown, options: CallOptions) =>
  new Promise<unknown>((resolve, reject) => {
    const { metadata, grpc } = prepare(channel, options);
    let letGo = () => {};
    const call = channel.client.makeUnaryRequest(
      method.path,
      method.requestSerialize,
      method.responseDeserialize,
      request,
      metadata,
      grpc,
      (error, response) => {
        letGo();
        if (error) reject(failure(error, channel, options) as Error);
        else resolve(response);
      },
    );
    letGo = follow(options.signal, call);
  });

export async function* callDownload(
  channel: Channel,
  method: AnyMethod,
  request: unknown,
  options: CallOptions,
): AsyncGenerator<unknown, void, undefined> {
  const { metadata, grpc } = prepare(channel, options);
  const call: ClientReadableStream<unknown> = channel.client.makeServerStreamRequest(
    method.path,
    method.requestSerialize,
    method.responseDeserialize,
    request,
    metadata,
    grpc,
  );
  const letGo = follow(options.signal, call);
  try {
    yield* call;
  } catch (error) {
    throw failure(error, channel, options);
  } finally {
    letGo();
    // After this point a late status has nobody to go to.
    call.on('error', () => {});
    call.cancel();
  }
}

export async function callUpload(
  channel: Channel,
  method: AnyMethod,
  requests: AsyncIterable<unknown> | Iterable<unknown>,
  options: CallOptions,
): Promise<unknown> {
  const { metadata, grpc } = prepare(channel, options);
  let call: ClientWritableStream<unknown> | undefined;
  let settled = false;
  const answer = new Promise<unknown>((resolve, reject) => {
    call = channel.client.makeClientStreamRequest(
      method.path,
      method.requestSerialize,
      method.responseDeserialize,
      metadata,
      grpc,
      (error, response) => {
        settled = true;
        if (error) reject(failure(error, channel, options) as Error);
        else resolve(response);
      },
    );
  });
  if (call === undefined) return answer;
  const letGo = follow(options.signal, call);
  // The answer may come, or the call fail, while messages are still being sent: then sending stops.
  const sending = send(call, requests, () => settled).catch((error: unknown) => {
    call?.cancel();
    throw error;
  });
  try {
    const [, response] = await Promise.all([sending, answer]);
    return response;
  } finally {
    letGo();
    await answer.catch(() => {});
  }
}

async function send(
  call: ClientWritableStream<unknown>,
  requests: AsyncIterable<unknown> | Iterable<unknown>,
  isSettled: () => boolean,
): Promise<void> {
  for await (const request of requests) {
    if (isSettled()) return;
    if (!call.write(request)) await drained(call);
  }
  if (!isSettled()) call.end();
}

const drained = (call: ClientWritableStream<unknown>) =>
  new Promise<void>((resolve) => {
    const go = () => {
      for (const event of ['drain', 'status', 'error', 'close']) call.off(event, go);
      resolve();
    };
    for (const event of ['drain', 'status', 'error', 'close']) call.on(event, go);
  });
