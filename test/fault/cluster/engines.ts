import { join } from 'node:path';
import { testBucket } from '../../contract/s3-bucket.js';
import { slowProxy, type SlowProxy } from '../../support/slow-proxy.js';
import { sharedServer, startServer, type ServerName, type TestServer } from '../../support/servers/index.js';

export type EngineName = 'eventstoredb' | 'kafka' | 'mongodb';

/** An engine of this system alone, and the network that its services reach it by. */
export interface Engine {
  readonly server: TestServer;
  readonly network: SlowProxy;
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

/** Servers of its own, since they are killed; of S3, which is not, a prefix. */
export async function startEngines(dir: string, ends: Ends): Promise<Engines> {
  const start = async (name: ServerName): Promise<Engine> => {
    const network = await slowProxy();
    ends.unshift(() => network.close());
    const where = { dir: join(dir, name), advertisedPort: network.port };
    const server = await startServer(name, where);
    ends.unshift(() => server.stop());
    network.toPort(server.port);
    return { server, network };
  };
  const [eventstoredb, kafka, mongodb, bucket] = await Promise.all([
    ...(['eventstoredb', 'kafka', 'mongodb'] as const).map(start),
    testBucket(sharedServer('s3')),
  ] as [Promise<Engine>, Promise<Engine>, Promise<Engine>, ReturnType<typeof testBucket>]);
  ends.unshift(() => bucket.remove());
  const { bucket: name, prefix, endpoint = '', credentials } = bucket.options;
  const { accessKeyId = '', secretAccessKey = '' } = credentials as Record<string, string>;
  const settings = (portOf: (engine: Engine) => number) => ({
    HOLDFAST_EVENT_STORE: `esdb://127.0.0.1:${portOf(eventstoredb)}?tls=false`,
    HOLDFAST_READ_STORE: `mongodb://127.0.0.1:${portOf(mongodb)}/${database}`,
    HOLDFAST_MESSAGE_BUS: `kafka://127.0.0.1:${portOf(kafka)}`,
    HOLDFAST_ARTIFACT_STORE: `s3://${name}/${prefix}?endpoint=${endpoint}&region=us-east-1`,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
  });
  return {
    byName: { eventstoredb, kafka, mongodb },
    env: settings(({ network }) => network.port),
    direct: settings(({ server }) => server.port),
    mongodb: mongodb.server.url,
    kafka: kafka.server.url,
  };
}
