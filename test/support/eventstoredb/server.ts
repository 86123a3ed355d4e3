import { Server, ServerCredentials } from '@grpc/grpc-js';
import gossipService from '@eventstore/db-client/generated/gossip_grpc_pb.js';
import serverFeatures from '@eventstore/db-client/generated/serverfeatures_grpc_pb.js';
import streamsService from '@eventstore/db-client/generated/streams_grpc_pb.js';
import { controlServer } from './control.js';
import { Faults } from './faults.js';
import { Listener } from './listener.js';
import { append } from './rpc/append.js';
import { batchAppend } from './rpc/batch-append.js';
import { softDelete, tombstone } from './rpc/deleting.js';
import { getSupportedMethods } from './rpc/features.js';
import { readGossip } from './rpc/gossip.js';
import { read } from './rpc/read.js';
import { Store } from './store/store.js';

/** The version it says it is: the one whose source its behaviour was taken from. */
export const serverVersion = '24.10.0';

const host = '127.0.0.1';
const { StreamsService } = streamsService;
const { ServerFeaturesService } = serverFeatures;
const { GossipService } = gossipService;

export interface EventStoreDbServer {
  /** `host:port`, of clients and of `control.ts`. */
  readonly address: string;
  close(): Promise<void>;
}

/** Opens the database in `dir` (made when missing) and serves it; port 0 takes any free one. */
export async function openServer(options: { dir: string; port: number }): Promise<EventStoreDbServer> {
  const store = new Store(options.dir);
  await store.begin();
  const faults = new Faults(() => store.emit('committed'));
  const grpc = new Server({ 'grpc.max_receive_message_length': 16 * 1024 * 1024 });
  const injector = grpc.createConnectionInjector(ServerCredentials.createInsecure());
  const control = controlServer(faults, () => listener);
  const listener = new Listener({
    grpc: (socket) => injector.injectConnection(socket),
    control: (socket) => control.emit('connection', socket),
  });
  grpc.addService(StreamsService, {
    read: read(store, faults),
    append: append(store, faults),
    batchAppend: batchAppend(store, faults),
    delete: softDelete(store),
    tombstone: tombstone(store),
  });
  grpc.addService(GossipService, { read: readGossip(() => ({ host, port: listener.port })) });
  grpc.addService(ServerFeaturesService, {
    getSupportedMethods: getSupportedMethods(serverVersion, [
      StreamsService,
      GossipService,
      ServerFeaturesService,
    ]),
  });
  await listener.listen(host, options.port);
  return {
    address: `${host}:${listener.port}`,
    close: async () => {
      listener.close();
      grpc.forceShutdown();
      await store.close();
    },
  };
}
