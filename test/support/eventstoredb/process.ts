import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { ControlState } from './control.js';

/** The server as a process of its own. */
export interface ServerProcess {
  readonly connectionString: string;
  readonly port: number;
  /** Does what `control.ts` knows under this name, e.g. `append-unavailable`. */
  control(name: string, query?: Readonly<Record<string, string | number>>): Promise<ControlState>;
  /** kill -9. */
  kill(): Promise<void>;
  /** SIGTERM. */
  stop(): Promise<void>;
}

const main = fileURLToPath(new URL('main.js', import.meta.url));

/** @throws Error with what it said, when it does not start */
export async function startProcess(dir: string, port = 0): Promise<ServerProcess> {
  const child = spawn(process.execPath, [main, '--dir', dir, '--port', String(port)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const over = once(child, 'exit');
  const line = await Promise.race([once(createInterface(child.stdout), 'line'), over]);
  if (typeof line[0] !== 'string') throw new Error(said);
  const { address, connectionString } = JSON.parse(line[0]) as { address: string; connectionString: string };
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    child.kill(signal);
    await over;
  };
  return {
    connectionString,
    port: Number(address.split(':')[1]),
    control: async (name, query = {}) => {
      const asked = new URLSearchParams(Object.entries(query).map(([key, value]) => [key, String(value)]));
      const response = await fetch(`http://${address}/${name}?${asked}`, { method: 'POST' });
      if (!response.ok) throw new Error(await response.text());
      return (await response.json()) as ControlState;
    },
    kill: () => end('SIGKILL'),
    stop: () => end('SIGTERM'),
  };
}
