import { chmod, cp, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { declare, ended, submit } from '../support/experiment.js';
import { historyWhen } from './history.js';
import { startServer } from './server-process.js';
import { commandsOf, forest, seedling } from './workload.js';

/** A data folder in which experiments are declared and one run has been made a baseline. */
export interface Prepared {
  readonly dataDir: string;
  readonly original: string;
}

export async function prepare(): Promise<Prepared> {
  const dataDir = await mkdtemp(join(tmpdir(), 'holdfast-before-'));
  const server = await startServer(dataDir);
  try {
    await declare(server, forest);
    await declare(server, seedling);
    const { id: original } = await ended(server, await submit(server, forest));
    for (const { name, send } of commandsOf(0, original))
      if (name.startsWith('baseline')) await send(server.connection);
    await historyWhen(server, { runs: 1, reproductions: 0, comparisons: 0 });
    return { dataDir, original };
  } finally {
    await server.end('SIGTERM');
  }
}

export async function copyOf(prepared: Prepared): Promise<string> {
  const dataDir = await mkdtemp(join(tmpdir(), 'holdfast-killed-'));
  // Steps run as somebody else and must find their folders.
  await chmod(dataDir, 0o755);
  await cp(prepared.dataDir, dataDir, { recursive: true, preserveTimestamps: true });
  return dataDir;
}
