import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:http2';
import { credentials, status } from '@grpc/grpc-js';
import { EventStoreDBClient } from '@eventstore/db-client';
import streams from '@eventstore/db-client/generated/streams_grpc_pb.js';
import messages from '@eventstore/db-client/generated/streams_pb.js';
import features from '@eventstore/db-client/generated/serverfeatures_grpc_pb.js';
import type featureMessages from '@eventstore/db-client/generated/serverfeatures_pb.js';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import { all, append, events, failureOf, newStream, type Behaviour } from './behaviour.js';

type Supported = InstanceType<typeof featureMessages.SupportedMethods>;

const hostOf = (connectionString: string): string =>
  new URL(connectionString.replace('esdb://', 'http://')).host;

export const connecting: readonly Behaviour[] = [
  {
    name: 'the server says which methods it has, so that clients append in batches',
    async check({ connectionString }) {
      const client = new features.ServerFeaturesClient(
        hostOf(connectionString),
        credentials.createInsecure(),
      );
      const { promise, resolve, reject } = Promise.withResolvers<Supported>();
      client.getSupportedMethods(new shared.Empty(), (error, found) =>
        error === null ? resolve(found) : reject(error),
      );
      const supported = await promise.finally(() => client.close());
      assert.match(supported.getEventStoreServerVersion(), /^\d+\.\d+\.\d+$/);
      const methods = supported.getMethodsList().map((method) => method.getMethodName());
      assert.ok(
        ['read', 'append', 'batchappend', 'delete', 'tombstone'].every((name) => methods.includes(name)),
      );
    },
  },
  {
    name: 'a client finds the leader by gossip',
    async check(server) {
      const discover = server.connectionString.replace('esdb://', 'esdb+discover://');
      const client = EventStoreDBClient.connectionString(discover);
      try {
        const stream = newStream();
        await append({ ...server, client }, stream, events(1));
        assert.equal((await all(client.readStream(stream))).length, 1);
      } finally {
        await client.dispose();
      }
    },
  },
  {
    name: 'pings that keep a connection alive are answered',
    async check({ connectionString }) {
      const session = connect(`http://${hostOf(connectionString)}`);
      try {
        await once(session, 'connect');
        const answered = Promise.withResolvers<number>();
        session.ping((error, durationMs) =>
          error === null ? answered.resolve(durationMs) : answered.reject(error),
        );
        assert.ok((await answered.promise) >= 0);
      } finally {
        session.close();
      }
    },
  },
  {
    name: 'a call ends at the deadline of its caller',
    async check({ connectionString }) {
      const client = new streams.StreamsClient(hostOf(connectionString), credentials.createInsecure());
      const options = new messages.ReadReq.Options()
        .setAll(new messages.ReadReq.Options.AllOptions().setEnd(new shared.Empty()))
        .setSubscription(new messages.ReadReq.Options.SubscriptionOptions())
        .setNoFilter(new shared.Empty())
        .setUuidOption(new messages.ReadReq.Options.UUIDOption().setString(new shared.Empty()));
      const call = client.read(new messages.ReadReq().setOptions(options), { deadline: Date.now() + 100 });
      const failure = await failureOf(all(call)).finally(() => client.close());
      assert.equal(failure['code'], status.DEADLINE_EXCEEDED);
    },
  },
];
