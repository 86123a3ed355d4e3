// Where specs keep what they throw away: small files by the thousand, which take a fifth of the system's time less in memory than on a disk (test/README.md).
import { existsSync, mkdirSync, readdirSync, rmSync, statSync, statfsSync } from 'node:fs';
import { freemem } from 'node:os';
import { join } from 'node:path';

const memory = '/dev/shm';
/** Some hundred MB are there at a time; specs, servers and what they start take the rest. */
const [leastRoomBytes, leastMemoryBytes] = [4 * 2 ** 30, 8 * 2 ** 30];

function hasRoom() {
  if (!existsSync(memory)) return false;
  const { bavail, bsize } = statfsSync(memory);
  return bavail * bsize >= leastRoomBytes && (process.availableMemory?.() ?? freemem()) >= leastMemoryBytes;
}

/** Longer than a run may take: what a killed one has left goes. */
const abandonedMs = 4 * 3_600_000;

function removeAbandoned() {
  for (const name of readdirSync(memory)) {
    if (!/^holdfast-\d+$/.test(name)) continue;
    const path = join(memory, name);
    if (Date.now() - statSync(path).mtimeMs > abandonedMs) rmSync(path, { recursive: true, force: true });
  }
}

/**
 * @returns {NodeJS.ProcessEnv} `TMPDIR`, a folder that is gone when this process ends; nothing where somebody has set it, and where memory
 *   is short, which leaves the system's own
 */
export function testFolder() {
  if (process.env.TMPDIR !== undefined || process.platform !== 'linux' || !hasRoom()) return {};
  // Short, since addresses of sockets are.
  const folder = join(memory, `holdfast-${process.pid}`);
  try {
    removeAbandoned();
    // Steps of users of their own go through it.
    mkdirSync(folder, { mode: 0o755 });
  } catch {
    return {};
  }
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  return { TMPDIR: folder };
}
