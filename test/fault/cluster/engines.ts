import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { testBucket } from '../../contract/s3-bucket.js';
import { slowProxy, type SlowProxy } from '../../support/slow-proxy.js';
import { sharedServer, startServer, type ServerName } from '../../support/servers/index.js';

export type EngineName = 'eventstoredb' | 'kafka' | 'mongodb' | 's3';

/** An engine, and the network that the services of this system reach it by. */
export interface Engine {
  readonly network: SlowProxy;
  readonly port: number;
  readonly url: string;
  /** kill -9; of S3 nobody answers the services of this system any more. */
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
  /** Where its documents are: a database for each service, all of a server of its own. */
  readonly mongodb: string;
  readonly kafka: string;
}

export type Ends = (() => Promise<void> | void)[];

const database = 'holdfast';

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

function sharedS3(ends: Ends): Promise<Engine> {
  const url = sharedServer('s3');
  return behind(Number(new URL(url).port), url, ends);
}

/** Servers of its own, since they are killed. @param s3IsOwn else a prefix in the one that all tests share: starting S3 is dear */
export async function startEngines(dir: string, ends: Ends, s3IsOwn: boolean): Promise<Engines> {
  const [eventstoredb, kafka, mongodb, s3] = await Promise.all([
    ownEngine('eventstoredb', dir, ends),
    ownEngine('kafka', dir, ends),
    ownEngine('mongodb', dir, ends),
    s3IsOwn ? ownS3(dir, ends) : sharedS3(ends),
  ]);
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
    mongodb: mongodb.url,
    kafka: kafka.url,
  };
}
