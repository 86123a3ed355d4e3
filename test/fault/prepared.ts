import { chmod, cp, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { declare, ended, submit } from '../support/experiment.js';
import { startTogether } from '../support/start-together.js';
import { historyWhen } from './history.js';
import { commandsOf, forest, seedling } from './workload.js';

/** A data folder in which experiments are declared and one run has been made a baseline. */
export interface Prepared {
  readonly dataDir: string;
  readonly original: string;
}

export async function prepare(): Promise<Prepared> {
  const dataDir = await mkdtemp(join(tmpdir(), 'holdfast-before-'));
  const system = await startTogether({ dataDir });
  try {
    await declare(system, forest);
    await declare(system, seedling);
    const { id: original } = await ended(system, await submit(system, forest));
    for (const { name, send } of commandsOf(0, original))
      if (name.startsWith('baseline')) await send(system.connection);
    await historyWhen(system, { runs: 1, reproductions: 0, comparisons: 0 });
    return { dataDir, original };
  } finally {
    await system.close();
  }
}

export async function copyOf(prepared: Prepared): Promise<string> {
  const dataDir = await mkdtemp(join(tmpdir(), 'holdfast-killed-'));
  // Steps run as somebody else and must find their folders.
  await chmod(dataDir, 0o755);
  await cp(prepared.dataDir, dataDir, { recursive: true, preserveTimestamps: true });
  return dataDir;
}
