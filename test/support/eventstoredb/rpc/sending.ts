import type { ServerWritableStream } from '@grpc/grpc-js';
import type streams from '@eventstore/db-client/generated/streams_pb.js';
import type { Store } from '../store/store.js';

export type ReadReq = InstanceType<typeof streams.ReadReq>;
export type ReadResp = InstanceType<typeof streams.ReadResp>;
export type ReadCall = ServerWritableStream<ReadReq, ReadResp>;

/** Resolves when the client can take more; false when it is gone. */
export async function send(call: ReadCall, message: ReadResp): Promise<boolean> {
  if (call.cancelled || call.destroyed) return false;
  if (!call.write(message)) await eventOf(call, 'drain');
  return !call.cancelled;
}

/** Resolves when more has become durable, or the client is gone. */
export const committed = (store: Store, call: ReadCall): Promise<void> =>
  new Promise((resolve) => {
    const done = (): void => {
      store.off('committed', done);
      call.off('cancelled', done);
      resolve();
    };
    store.on('committed', done);
    call.on('cancelled', done);
    if (call.cancelled) done();
  });

const eventOf = (call: ReadCall, name: 'drain'): Promise<void> =>
  new Promise((resolve) => {
    const done = (): void => {
      call.off(name, done);
      call.off('cancelled', done);
      resolve();
    };
    call.on(name, done);
    call.on('cancelled', done);
    if (call.cancelled) done();
  });
