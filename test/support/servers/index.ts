/** The servers of `infra/servers`, for specs. */
export type ServerName = 'eventstoredb' | 'kafka' | 'mongodb' | 's3';

/** A server of a spec's own. It ends with the process at the latest. */
export interface TestServer {
  /** As in the server's `HOLDFAST_TEST_…` variable. */
  readonly url: string;
  readonly port: number;
  readonly dir: string;
  /** kill -9, also of one that is paused; what it had answered to is kept. */
  kill(): Promise<void>;
  /** Asks it to end, and waits for that: of S3Mock, whose files kill -9 leaves half-written. */
  halt(): Promise<void>;
  /** kill -9 of one that runs, then on the same port with the same data; resolves when it answers. */
  restart(): Promise<void>;
  /** SIGSTOP: connections stay open and nobody answers. */
  pause(): void;
  resume(): void;
  /** Its end, with its data unless `dir` was given. */
  stop(): Promise<void>;
}

interface Where {
  readonly dir?: string;
  /** Where a Kafka broker says that it is: a proxy before it. */
  readonly advertisedPort?: number;
}

interface Servers {
  startServer(name: ServerName, where?: Where): Promise<TestServer>;
}

/** Taken by nobody now, and by no outgoing connection later; on 127.0.0.1. */
export async function freePort(): Promise<number> {
  const ports = (await import(portsDoor)) as { freePort(): Promise<number> };
  return ports.freePort();
}

const portsDoor = new URL('../../../../infra/servers/free-port.mjs', import.meta.url).href;
const door = new URL('../../../../infra/servers/index.mjs', import.meta.url).href;

/** Starts one for the caller alone, to be killed, paused or restarted. */
export async function startServer(name: ServerName, where: Where = {}): Promise<TestServer> {
  const servers = (await import(door)) as Servers;
  return servers.startServer(name, where);
}

/**
 * The address of the server that all specs share: each makes topics, databases or buckets of its own in it.
 * @throws Error when there is none, so that nothing is skipped in silence
 */
export function sharedServer(name: ServerName): string {
  const variable = `HOLDFAST_TEST_${name.toUpperCase()}`;
  const url = process.env[variable] ?? '';
  if (url === '')
    throw new Error(`${variable} is not set: \`node infra/servers/main.mjs ${name}\` starts a server`);
  return url;
}
