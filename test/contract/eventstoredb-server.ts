import type { EventStoreDbOptions } from '#event-store/eventstoredb';
import type { TestServer } from '../support/servers/index.js';
import type { ControlState } from '../support/eventstoredb/control.js';
import type { CallFault, SubscriptionFault } from '../support/eventstoredb/faults.js';

export type Command =
  CallFault | SubscriptionFault | 'state' | 'clear' | `connections-${'cut' | 'refused' | 'accepted'}`;

/** The compatible server as a process, whatever else this machine has: real ones break only by chance. */
export interface FaultyServer extends TestServer {
  /** What `control.ts` is told, and the state afterwards. */
  tell(command: Command, query?: Readonly<Record<string, number>>): Promise<ControlState>;
  /** Tries that a test can wait for, and patience for a busy machine. */
  readonly options: Required<EventStoreDbOptions>;
  /** And an end of patience that a test can wait for. */
  readonly hurried: Required<EventStoreDbOptions>;
}

interface Processes {
  startProcess(server: unknown): Promise<TestServer>;
}
interface Kind {
  readonly eventstoredb: unknown;
}
const infra = (path: string) => new URL(`../../../infra/servers/${path}`, import.meta.url).href;

export async function startFaultyServer(): Promise<FaultyServer> {
  const { startProcess } = (await import(infra('processes.mjs'))) as Processes;
  const { eventstoredb } = (await import(infra('eventstoredb/server.mjs'))) as Kind;
  const server = await startProcess(eventstoredb);
  const options = { connection: server.url, tryMs: 500, callMs: 30_000 };
  return {
    ...server,
    options,
    hurried: { ...options, callMs: 3000 },
    async tell(command, query = {}) {
      const text = new URLSearchParams(Object.entries(query).map(([key, value]) => [key, String(value)]));
      const url = `http://127.0.0.1:${server.port}/${command}?${text}`;
      const response = await fetch(url, { method: 'POST' });
      if (!response.ok) throw new Error(`${command}: ${await response.text()}`);
      return (await response.json()) as ControlState;
    },
  };
}
