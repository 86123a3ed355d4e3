import type { sendUnaryData, ServerReadableStream, ServerWritableStream } from '@grpc/grpc-js';
import { Observable } from 'rxjs';
import { callContext, type CallContext } from './call-context.js';
import { liveCall } from './live-call.js';
import { toFailedCall } from './service-error.js';
import { Unreadable } from './unreadable.js';

/** The call behind a method that answers with a stream. */
export type StreamCall<Request, Response> = ServerWritableStream<Request, Response>;
/** The call behind a method that takes a stream, and the way to answer it. */
export type UploadCall<Request, Response> = ServerReadableStream<Request, Response>;
export type UploadAnswer<Response> = sendUnaryData<Response>;

/**
 * Answers with a stream. The next item is asked for only when the last one has left, so a slow client slows the source
 * and fills no memory. When the client goes, or the server stops, the source is left as with `break`.
 */
export const answerStream = <T>(
  call: ServerWritableStream<unknown, T>,
  produce: (context: CallContext) => AsyncIterable<T>,
): Observable<T> =>
  new Observable((subscriber) => {
    const { signal } = liveCall(call).abort;
    const fail = (error: unknown) => subscriber.error(error);
    const stop = () => fail(signal.reason);
    let source: AsyncIterator<T> | undefined;
    const pump = async () => {
      source = produce(callContext(call))[Symbol.asyncIterator]();
      while (!subscriber.closed) {
        const { done, value } = await source.next();
        if (done) return subscriber.complete();
        subscriber.next(value);
        if (call.writableNeedDrain) await drained(call, signal);
      }
    };
    signal.addEventListener('abort', stop, { once: true });
    pump().catch(fail);
    return () => {
      signal.removeEventListener('abort', stop);
      source?.return?.().catch(() => {});
    };
  });

const drained = (call: ServerWritableStream<unknown, unknown>, signal: AbortSignal) =>
  new Promise<void>((resolve) => {
    const go = () => {
      call.off('drain', go);
      signal.removeEventListener('abort', go);
      resolve();
    };
    call.on('drain', go);
    signal.addEventListener('abort', go, { once: true });
  });

/**
 * Takes a stream of messages and answers once; for methods under `@GrpcStreamCall`. Messages are read only as fast as
 * they are consumed. A client that goes away makes the iteration throw, and so does one that sends what is no message.
 */
export async function answerUpload<Request, Response>(
  call: ServerReadableStream<Request, Response>,
  callback: sendUnaryData<Response>,
  consume: (messages: AsyncIterable<Request>, context: CallContext) => Promise<Response>,
): Promise<void> {
  const { signal } = liveCall(call).abort;
  // grpc-js tells of a lost client by an event only; without this the iteration would wait for ever.
  const stop = () => call.destroy(signal.reason as Error);
  signal.addEventListener('abort', stop, { once: true });
  call.on('error', () => {});
  try {
    callback(null, await consume(messagesOf(call), callContext(call)));
  } catch (error) {
    callback(toFailedCall(error, call));
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** Whoever has had enough of them leaves the call open for its answer. @throws MESSAGE_UNREADABLE */
async function* messagesOf<Request>(call: ServerReadableStream<Request, unknown>): AsyncGenerator<Request> {
  const messages = call.iterator({ destroyOnReturn: false }) as AsyncIterable<Request | Unreadable>;
  for await (const message of messages) {
    if (message instanceof Unreadable) throw message.error;
    yield message;
  }
}
