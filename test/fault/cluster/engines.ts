import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { systemChance } from '#kernel';
import { testBucket } from '../../contract/s3-bucket.js';
import { slowProxy, type SlowProxy } from '../../support/slow-proxy.js';
import { sharedServer, startServer, type ServerName } from '../../support/servers/index.js';

export type EngineName = 'eventstoredb' | 'kafka' | 'mongodb' | 's3';

/** An engine, and the network that the services of this system reach it by. */
export interface Engine {
  readonly network: SlowProxy;
  readonly port: number;
  readonly url: string;
  /** kill -9; of one that is not its own, and of S3, nobody answers the services of this system any more. */
  kill(): Promise<void>;
  /** What it has answered to is there again; `without` removes a file of its data first. */
  restart(without?: string): Promise<void>;
}

export interface Engines {
  readonly byName: Readonly<Record<EngineName, Engine>>;
  /** Of services: every engine by its proxy. */
  readonly env: Readonly<Record<string, string>>;
  /** Of the test: around the proxies. */
  readonly direct: Readonly<Record<string, string>>;
  /** Where documents are, and how the databases' names begin: each service has one. */
  readonly mongodb: { readonly url: string; readonly database: string };
  readonly kafka: string;
}

export type Ends = (() => Promise<void> | void)[];

async function proxied(ends: Ends): Promise<SlowProxy> {
  const network = await slowProxy();
  ends.unshift(() => network.close());
  return network;
}

async function ownEngine(name: ServerName, dir: string, ends: Ends): Promise<Engine> {
  const network = await proxied(ends);
  const server = await startServer(name, { dir: join(dir, name), advertisedPort: network.port });
  ends.unshift(() => server.stop());
  network.toPort(server.port);
  const { port, url } = server;
  return {
    ...{ network, port, url, kill: () => server.kill() },
    async restart(without) {
      if (without !== undefined) await rm(join(server.dir, without), { force: true });
      await server.restart();
    },
  };
}

/** Every call is broken off, and what had come to it may be carried out or not; then it ends in its own way. */
async function ownS3(dir: string, ends: Ends): Promise<Engine> {
  const server = await startServer('s3', { dir: join(dir, 's3') });
  ends.unshift(() => server.stop());
  const { port, url } = server;
  const engine = await behind(port, url, ends);
  return {
    ...engine,
    async kill() {
      await engine.kill();
      await server.halt();
    },
    async restart() {
      await server.restart();
      await engine.restart();
    },
  };
}

/** A server that itself runs on: for the services it is away. */
async function behind(port: number, url: string, ends: Ends): Promise<Engine> {
  const network = await proxied(ends);
  const turn = (to: number) => {
    network.toPort(to);
    network.drop();
    return Promise.resolve();
  };
  await turn(port);
  return { network, port, url, kill: () => turn(0), restart: () => turn(port) };
}

const shared = (url: string, ends: Ends): Promise<Engine> => behind(Number(new URL(url).port), url, ends);

/**
 * Servers of its own, since they are killed.
 * @param allOwn else a prefix in the S3 and databases in the MongoDB that all tests share: to start those is dear
 */
export async function startEngines(dir: string, ends: Ends, allOwn: boolean): Promise<Engines> {
  const [eventstoredb, kafka, mongodb, s3] = await Promise.all([
    ownEngine('eventstoredb', dir, ends),
    ownEngine('kafka', dir, ends),
    allOwn ? ownEngine('mongodb', dir, ends) : shared(sharedServer('mongodb'), ends),
    allOwn ? ownS3(dir, ends) : shared(sharedServer('s3'), ends),
  ]);
  const database = `faults-${systemChance.uuid().slice(0, 8)}`;
  const bucket = await testBucket(s3.url);
  ends.unshift(() => bucket.remove());
  const { bucket: name, prefix, credentials } = bucket.options;
  const { accessKeyId = '', secretAccessKey = '' } = credentials as Record<string, string>;
  const settings = (portOf: (engine: Engine) => number) => ({
    HOLDFAST_EVENT_STORE: `esdb://127.0.0.1:${portOf(eventstoredb)}?tls=false`,
    HOLDFAST_READ_STORE: `mongodb://127.0.0.1:${portOf(mongodb)}/${database}`,
    HOLDFAST_MESSAGE_BUS: `kafka://127.0.0.1:${portOf(kafka)}`,
    HOLDFAST_ARTIFACT_STORE: `s3://${name}/${prefix}?endpoint=http://127.0.0.1:${portOf(s3)}&region=us-east-1`,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
  });
  return {
    byName: { eventstoredb, kafka, mongodb, s3 },
    env: settings(({ network }) => network.port),
    direct: settings(({ port }) => port),
    mongodb: { url: mongodb.url, database },
    kafka: kafka.url,
  };
}
