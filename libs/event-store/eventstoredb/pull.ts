import type { ClientReadableStream, ServiceError } from '@grpc/grpc-js';
import { fromEngine } from './errors.js';
import type { Channel } from './connection.js';
import type { ReadReq, ReadResp } from './read-messages.js';
import type { Alarm } from './timing.js';

/** One call that the engine answers with many messages. Nothing comes that is not taken, but for the few that gRPC keeps ready. */
export interface Pull {
  /** The next message if it is here. @throws what the call ended with, once everything before has been taken */
  take(): ReadResp | undefined;
  /** The engine has said everything, and it was taken. */
  over(): boolean;
  end(): void;
}

/** Rings when there may be something to take. */
export function pull(channel: Channel, request: ReadReq, { ring }: Alarm): Pull {
  const call: ClientReadableStream<ReadResp> = channel.streams.read(request, ...channel.args());
  let failure: Error | undefined;
  let ended = false;
  call.on('readable', ring);
  call.on('end', () => {
    ended = true;
    ring();
  });
  call.on('error', (error: ServiceError) => {
    failure ??= fromEngine(error);
    ring();
  });

  return {
    take() {
      const message = call.read() as ReadResp | null;
      if (message !== null) {
        channel.works();
        return message;
      }
      if (failure !== undefined) throw failure;
      return undefined;
    },
    over: () => ended,
    end: () => call.cancel(),
  };
}
