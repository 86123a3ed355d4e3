import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '#kernel';
import { startServer } from '../server.js';
import { withinProcess, type Said } from './cli.js';

const askEveryMs = 20;

/** An embedded server, a process with a folder of its own, and the command line that talks to it. */
export interface TestServer {
  readonly dir: string;
  readonly dataDir: string;
  readonly address: string;
  /** Where a file of this test lies. */
  path(name: string): string;
  run(...args: string[]): Promise<Said>;
  /** What the command says with `-o json`; whatever its status. */
  json(...args: string[]): Promise<unknown>;
  /** The first answer that is one; asked for again until then. */
  eventually<T>(ask: () => Promise<T | undefined>): Promise<T>;
  close(): Promise<void>;
}

/** @param settings of the server, such as `HOLDFAST_GC_MIN_AGE_MS` */
export async function startTestServer(settings: Readonly<Record<string, string>> = {}): Promise<TestServer> {
  const dir = await mkdtemp(join(tmpdir(), 'holdfast-cli-'));
  const dataDir = join(dir, 'data');
  const env = { PATH: process.env['PATH'], HOME: dir, ...settings };
  const server = await startServer(dataDir, 0, env);
  const run = (...args: string[]) => withinProcess(args, { HOME: dir, HOLDFAST_DATA_DIR: dataDir });
  return {
    dir,
    dataDir,
    address: server.address,
    path: (name) => join(dir, name),
    run,
    json: async (...args) => {
      const said = await run(...args, '-o', 'json');
      if (said.stdout === '') throw new Error(`nothing on stdout, status ${said.status}: ${said.stderr}`);
      return JSON.parse(said.stdout) as unknown;
    },
    eventually: async (ask) => {
      for (;;) {
        const found = await ask();
        if (found !== undefined) return found;
        await systemClock.sleep(askEveryMs);
      }
    },
    close: async () => {
      await server.stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
}
