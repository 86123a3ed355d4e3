// Where specs keep what they throw away: small files by the thousand, which take a third less of the system's time in memory than on a disk.
import { existsSync, mkdirSync, readdirSync, rmSync, statfsSync } from 'node:fs';
import { freemem } from 'node:os';
import { join } from 'node:path';

const memory = '/dev/shm';
const prefix = 'holdfast-test-';
/** Some hundred MB are there at a time; specs, servers and what they start take the rest. */
const [leastRoomBytes, leastMemoryBytes] = [4 * 2 ** 30, 8 * 2 ** 30];

function hasRoom() {
  if (!existsSync(memory)) return false;
  const { bavail, bsize } = statfsSync(memory);
  return bavail * bsize >= leastRoomBytes && (process.availableMemory?.() ?? freemem()) >= leastMemoryBytes;
}

/** What runs that were killed have left. */
function removeAbandoned() {
  for (const name of readdirSync(memory))
    if (name.startsWith(prefix) && !existsSync(`/proc/${name.slice(prefix.length)}`))
      rmSync(join(memory, name), { recursive: true, force: true });
}

/**
 * @returns {NodeJS.ProcessEnv} `TMPDIR`, a folder that is gone when this process ends; nothing where somebody has set it, and where memory
 *   is short, which leaves the system's own
 */
export function testFolder() {
  if (process.env.TMPDIR !== undefined || process.platform !== 'linux' || !hasRoom()) return {};
  removeAbandoned();
  const folder = join(memory, `${prefix}${process.pid}`);
  try {
    // Steps of users of their own go through it.
    mkdirSync(folder, { mode: 0o755 });
  } catch {
    return {};
  }
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  return { TMPDIR: folder };
}
