import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DomainError, type Chance } from '#kernel';

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * The executor's id, kept in the data folder: after a restart it is the same executor, which then holds nothing.
 * @throws EXECUTOR_RECORD_CORRUPT
 */
export async function openIdentity(dataDir: string, chance: Chance): Promise<string> {
  const path = join(dataDir, 'executor.json');
  const kept = await readFile(path, 'utf8').catch(() => undefined);
  if (kept !== undefined) return idIn(kept, path);
  const id = chance.uuid();
  await mkdir(dataDir, { recursive: true });
  await writeFile(`${path}.half`, `${JSON.stringify({ id })}\n`, { mode: 0o600 });
  await rename(`${path}.half`, path);
  return id;
}

function idIn(text: string, path: string): string {
  try {
    const { id } = JSON.parse(text) as { readonly id?: unknown };
    if (typeof id === 'string' && uuid.test(id)) return id;
  } catch {
    // Said below.
  }
  const message = `${path} does not hold the id of an executor; remove it, and this host joins as a new one`;
  throw new DomainError('integrity', 'EXECUTOR_RECORD_CORRUPT', message);
}
