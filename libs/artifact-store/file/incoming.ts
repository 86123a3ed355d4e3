import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { incomingRoot } from './layout.js';

/** Folders of stores that are open in this process. */
const open = new Set<string>();
/** After this long a folder of another host counts as abandoned: no single put takes so long. */
const abandonedMs = 24 * 60 * 60 * 1000;
const host = hostname().replaceAll(/[^A-Za-z0-9-]/g, '-');

/**
 * A folder of our own for unfinished bytes, and an end to what crashed processes left: nothing in it was ever promised
 * to anyone. Several processes may share the store, so the folders of living ones stay.
 */
export async function openIncoming(dir: string): Promise<string> {
  const root = incomingRoot(dir);
  await mkdir(root, { recursive: true });
  for (const name of await readdir(root)) {
    if (await isAbandoned(root, name)) await rm(join(root, name), { recursive: true, force: true });
  }
  const own = join(root, `${host}_${process.pid}_${randomUUID()}`);
  await mkdir(own);
  open.add(own);
  return own;
}

export async function closeIncoming(own: string): Promise<void> {
  open.delete(own);
  await rm(own, { recursive: true, force: true });
}

async function isAbandoned(root: string, name: string): Promise<boolean> {
  const path = join(root, name);
  if (open.has(path)) return false;
  const [owner, pid] = name.split('_');
  if (owner === host && Number(pid) === process.pid) return true;
  if (owner === host && !isAlive(Number(pid))) return true;
  const mtimeMs = await stat(path).then(
    (found) => found.mtimeMs,
    () => Infinity,
  );
  return Date.now() - mtimeMs > abandonedMs;
}

function isAlive(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
