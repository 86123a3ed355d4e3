import { createServer, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import serverFeatures from '@eventstore/db-client/generated/serverfeatures_grpc_pb.js';
import streamsService from '@eventstore/db-client/generated/streams_grpc_pb.js';
import { append, batchAppend } from './rpc/append.js';
import { getSupportedMethods } from './rpc/features.js';
import { read } from './rpc/read.js';
import { Store } from './store/store.js';

/** The server version it claims. */
export const version = '24.10.0';

export interface EventStoreDbServer {
  /** `host:port`. */
  readonly address: string;
  close(): Promise<void>;
}

/** Opens the database in `dir` (made when missing) and serves it; port 0 takes any free one. */
export async function openServer(options: { dir: string; port: number }): Promise<EventStoreDbServer> {
  const store = new Store(options.dir);
  await store.begin();
  const { StreamsService } = streamsService;
  const { ServerFeaturesService } = serverFeatures;
  const grpc = new Server({ 'grpc.max_receive_message_length': 32 * 1024 * 1024 });
  grpc.addService(StreamsService, {
    read: read(store),
    append: append(store),
    batchAppend: batchAppend(store),
    delete: (_call: unknown, answer: (error: Error) => void) => answer(new Error('not there yet')),
    tombstone: (_call: unknown, answer: (error: Error) => void) => answer(new Error('not there yet')),
  });
  grpc.addService(ServerFeaturesService, {
    getSupportedMethods: getSupportedMethods(version, [StreamsService, ServerFeaturesService]),
  });
  // Its own sockets, so that they can be cut.
  const injector = grpc.createConnectionInjector(ServerCredentials.createInsecure());
  const sockets = new Set<Socket>();
  const listener = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    injector.injectConnection(socket);
  });
  await new Promise<void>((resolve, reject) => {
    listener.once('error', reject);
    listener.listen(options.port, '127.0.0.1', resolve);
  });
  const { port } = listener.address() as AddressInfo;
  return {
    address: `127.0.0.1:${port}`,
    close: async () => {
      listener.close();
      for (const socket of sockets) socket.destroy();
      grpc.forceShutdown();
      await store.close();
    },
  };
}
