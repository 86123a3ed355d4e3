import { Client, credentials, Server, ServerCredentials } from '@grpc/grpc-js';
import { binaryEvent, END, EventStoreDBClient, NO_STREAM, streamNameFilter } from '@eventstore/db-client';
import { Kafka, logLevel, Partitioners } from 'kafkajs';
import { MongoClient } from 'mongodb';
import { randomUUID } from 'node:crypto';
import { Agent, request } from 'node:http';
import { chainMethods, sizes, type ChainSettings, type Role } from './bare-chain.js';

/** One process of the bare chain: what a service asks of its engines for a run, by their own clients and nothing else. */
const settings = JSON.parse(process.argv[2] ?? '') as ChainSettings;
const { role, places, registry } = settings;

/** What is told or shown of runs that go fast goes together, as relays have it. */
const restMs = 200;
const agent = new Agent({ keepAlive: true });
const events = EventStoreDBClient.connectionString(places.events as never);
const mongo = new MongoClient(places.mongodb, { writeConcern: { w: 'majority', journal: true } });
const documents = mongo.db(places.database).collection<{ _id: string }>(role);
const kafka = new Kafka({ brokers: [places.kafka], logLevel: logLevel.NOTHING });
const producer = kafka.producer({
  allowAutoTopicCreation: false,
  createPartitioner: Partitioners.DefaultPartitioner,
});

const ofSize = (size: number): Buffer => Buffer.alloc(size, 1);

const append = (stream: string, after: number, bytes: readonly number[]) =>
  events.appendToStream(
    stream,
    bytes.map((size) => binaryEvent({ type: 'Noted', data: ofSize(size) })),
    { expectedRevision: after < 0 ? NO_STREAM : BigInt(after) },
  );

const blob = (method: 'GET' | 'PUT', name: string, body?: Buffer) =>
  new Promise<void>((resolve, reject) => {
    request(new URL(places.blobs + name), { agent, method }, (answer) =>
      answer.resume().on('end', () => {
        if (answer.statusCode === 200) resolve();
        else reject(new Error(`${method} of a blob: ${answer.statusCode}`));
      }),
    )
      .on('error', reject)
      .end(body);
  });

let waiting = 0;
let seen = 0;
/** A piece of work for all that came within a rest. */
function rested<T>(act: (items: readonly T[]) => Promise<unknown>): (item: T) => void {
  const items: T[] = [];
  const flush = async () => {
    const these = items.splice(0);
    await act(these);
    waiting -= these.length;
  };
  return (item) => {
    if (items.push(item) === 1) setTimeout(() => void flush(), restMs);
    waiting++;
  };
}
const show = rested<string>((runs) =>
  documents.bulkWrite(
    [...new Set(runs), 'position'].map((_id) => ({
      replaceOne: { filter: { _id }, replacement: { text: 'x'.repeat(sizes.document) }, upsert: true },
    })),
    { ordered: false },
  ),
);
const tell = rested<string>((runs) => {
  const value = ofSize(sizes.publicEvent);
  const headers = Object.fromEntries(sizes.headers.map((name) => [name, randomUUID()]));
  return producer.send({
    topic: places.topic,
    acks: -1,
    messages: runs.map((key) => ({ key, headers, value })),
  });
});

function follow(prefixes: string[], heard: (stream: string) => void): void {
  events
    .subscribeToAll({ fromPosition: END, filter: streamNameFilter({ prefixes }) })
    .on('data', ({ event }) => event && heard(event.streamId));
}

const answers = new Map<string, (asked: Buffer) => Promise<Buffer>>();

const roles: Readonly<Record<Role, () => void>> = {
  registry: () => void answers.set('resolve', () => Promise.resolve(ofSize(sizes.manifest))),
  scheduler() {
    const client = new Client(registry ?? '', credentials.createInsecure());
    const resolve = () =>
      new Promise<void>((done, fail) => {
        const { path, requestSerialize: out, responseDeserialize: back } = chainMethods['resolve']!;
        client.makeUnaryRequest(path, out, back, ofSize(300), (error) => (error ? fail(error) : done()));
      });
    answers.set('submit', async (asked) => {
      await resolve();
      await blob('PUT', `run-${asked.toString()}`, ofSize(sizes.manifest));
      await append(`run-${asked.toString()}`, -1, sizes.submitted);
      return ofSize(sizes.run);
    });
    answers.set('report', async (asked) => {
      const { run, next } = JSON.parse(asked.toString()) as { run?: string; next?: string };
      await Promise.all([
        run === undefined ? undefined : append(`run-${run}`, 2, sizes.reported),
        next === undefined ? undefined : append(`run-${next}`, 1, sizes.claimed),
      ]);
      return ofSize(sizes.run);
    });
    follow(['run-'], (stream) => {
      show(stream);
      tell(stream);
    });
  },
  provenance() {
    const heard = new Map<string, number>();
    const seal = async (run: string) => {
      await blob('GET', run);
      await Promise.all(sizes.bundle.map((size) => blob('PUT', randomUUID(), ofSize(size))));
      await append(run.replace('run', 'bundle'), -1, sizes.sealed);
    };
    follow(['run-', 'bundle-'], (stream) => {
      if (stream.startsWith('bundle-')) {
        seen++;
        show(stream);
        return tell(stream);
      }
      const count = (heard.get(stream) ?? 0) + 1;
      heard.set(stream, count);
      if (count === sizes.submitted.length + sizes.claimed.length + sizes.reported.length) {
        heard.delete(stream);
        void seal(stream);
      }
    });
  },
  auditor: () => follow(['run-', 'bundle-'], show),
};

answers.set('stand', () => Promise.resolve(Buffer.from(JSON.stringify({ waiting, seen }))));
roles[role]();
if (role !== 'registry') await Promise.all([mongo.connect(), producer.connect()]);
const server = new Server();
server.addService(
  chainMethods,
  Object.fromEntries(
    Object.keys(chainMethods).map((name) => [
      name,
      (call: { readonly request: Buffer }, callback: (error: Error | null, bytes?: Buffer) => void) =>
        answers
          .get(name)?.(call.request)
          .then((bytes) => callback(null, bytes), callback),
    ]),
  ),
);
server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (_, port) => {
  process.stdout.write(`${port}\n`);
});
process.stdin.resume().on('end', () => process.exit(0));
