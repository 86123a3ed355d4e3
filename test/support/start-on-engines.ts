import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSharedEngines } from '#engines';
import { loadConfig, placesOf, ServiceConfig } from '#platform';
import { connect, type ServiceName } from '#rpc';
import { testBucket } from '../contract/s3-bucket.js';
import { sharedServer, startServer, type TestServer } from './servers/index.js';
import { endAll, serviceNames, systemOf, type Start, type System } from './system.js';

/** A service of a cluster, as a process of its own. */
export interface Instance {
  readonly name: string;
  readonly kind: ServiceName;
  readonly address: string;
  readonly httpPort: number;
  readonly child: { readonly pid: number; kill(signal: NodeJS.Signals): boolean };
}

/** The end of one that runs, by kill -9 unless told otherwise, then the same again, with these settings too; resolves when it is ready. */
type Restart = (
  instance: Instance,
  env?: Readonly<Record<string, string>>,
  signal?: 'SIGKILL' | 'SIGTERM',
) => Promise<void>;

interface Services {
  startServices(cluster: {
    readonly dir: string;
    readonly env: Readonly<Record<string, string>>;
    readonly counts: Readonly<Record<string, number>>;
  }): Promise<{
    readonly instances: readonly Instance[];
    readonly env: Readonly<Record<string, string>>;
    readonly restart: Restart;
    stop(): Promise<void>;
  }>;
}

export interface Cluster extends System {
  readonly instances: readonly Instance[];
  readonly events: TestServer;
  readonly restart: Restart;
}

const door = new URL('../../../infra/cluster/services.mjs', import.meta.url).href;

type Ends = (() => Promise<void> | void)[];

/** Settings of an installation of its own: an event store, a database, a prefix in a bucket. Of Kafka it has the broker that all share. */
async function ownEngines(dir: string, ends: Ends) {
  const events = await startServer('eventstoredb', { dir: join(dir, 'eventstoredb') });
  ends.unshift(() => events.stop());
  const bucket = await testBucket(sharedServer('s3'));
  ends.unshift(() => bucket.remove());
  const { bucket: name, prefix, endpoint, credentials } = bucket.options;
  const { accessKeyId = '', secretAccessKey = '' } = credentials as Record<string, string>;
  const env: Record<string, string> = {
    HOLDFAST_EVENT_STORE: events.url,
    HOLDFAST_READ_STORE: `${sharedServer('mongodb')}/test-${prefix?.slice(0, 8)}`,
    HOLDFAST_MESSAGE_BUS: `kafka://${sharedServer('kafka')}`,
    HOLDFAST_ARTIFACT_STORE: `s3://${name}/${prefix}?endpoint=${endpoint}&region=us-east-1`,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
  };
  return { env, events };
}

/** The client of S3 looks for credentials in the environment of this process. */
export function lendCredentials(env: Readonly<Record<string, string>>, ends: Ends): void {
  for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']) {
    const before = process.env[name];
    process.env[name] = env[name];
    ends.unshift(() => {
      if (before === undefined) delete process.env[name];
      else process.env[name] = before;
    });
  }
}

/** Services as processes of their own, so many of each, on EventStoreDB, Kafka, MongoDB and S3. */
export async function startCluster(
  given: Readonly<Record<string, string>> = {},
  counts: Readonly<Record<string, number>> = { scheduler: 1, executor: 1 },
): Promise<Cluster> {
  const dir = await mkdtemp(join(tmpdir(), 'holdfast-cluster-'));
  // Steps run as somebody else and must find their folders.
  await chmod(dir, 0o755);
  const ends: Ends = [() => rm(dir, { recursive: true, force: true })];
  try {
    const { env, events } = await ownEngines(dir, ends);
    lendCredentials(env, ends);
    const { startServices } = (await import(door)) as Services;
    const settings = { HOLDFAST_LOG_LEVEL: 'error', ...env, ...given };
    const services = await startServices({ dir, env: settings, counts });
    ends.unshift(() => services.stop());
    const seen = await openSharedEngines(placesOf(loadConfig(ServiceConfig, env)));
    ends.unshift(() => seen.close());
    // Of a service of which there is none, somebody else's, who will say so.
    const addressOf = (name: ServiceName) =>
      services.env[`HOLDFAST_${name.toUpperCase()}_ADDRESS`] || (services.instances[0]?.address ?? '');
    const addresses = Object.fromEntries(serviceNames.map((name) => [name, addressOf(name)]));
    const connection = connect(addresses as Record<ServiceName, string>);
    ends.unshift(() => connection.close());
    const system = systemOf({
      connection,
      addresses: addresses as Record<ServiceName, string>,
      artifacts: seen.artifacts,
      eventStore: seen.eventStore,
      bus: seen.bus,
      dataDir: dir,
      close: () => endAll(ends),
    });
    return { ...system, instances: services.instances, restart: services.restart, events };
  } catch (error) {
    await endAll(ends);
    throw error;
  }
}

export const startOnEngines: Start = ({ env } = {}) => startCluster(env);
