import type { EventEmitter } from 'node:events';
import type { ServerWritableStream } from '@grpc/grpc-js';
import type streams from '@eventstore/db-client/generated/streams_pb.js';
import type { ReadResp } from './messages.js';

export type ReadReq = InstanceType<typeof streams.ReadReq>;
export type ReadOptions = InstanceType<typeof streams.ReadReq.Options>;
export type ReadCall = ServerWritableStream<ReadReq, ReadResp>;

/** The client went away, or its deadline passed: nothing to say and nobody to say it to. */
export class Gone extends Error {}

/** Resolves when the client can take more. @throws Gone */
export async function send(call: ReadCall, message: ReadResp): Promise<void> {
  if (call.cancelled) throw new Gone();
  if (!call.write(message)) await untilEmitted(call, call, 'drain');
}

/** Waits no longer than the client. @throws Gone */
export const untilEmitted = (
  call: ReadCall,
  source: Pick<EventEmitter, 'on' | 'off'>,
  name: string,
): Promise<void> =>
  new Promise((resolve, reject) => {
    const done = (): void => {
      source.off(name, done);
      call.off('cancelled', done);
      if (call.cancelled) reject(new Gone());
      else resolve();
    };
    source.on(name, done);
    call.on('cancelled', done);
    if (call.cancelled) done();
  });
