import { mkdtemp, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { durationsOf, type Paced } from './measure.js';

const pageBytes = 4096;
const leastSamples = 20;

/** Durations of fsync after a page was appended, as a store does it; in a file of its own that is removed. */
export async function fsyncDurations(
  dataDir: string,
  paced: Paced,
  forMs: number,
): Promise<readonly number[]> {
  const folder = await mkdtemp(join(dataDir, '.holdfast-bench-'));
  try {
    const file = await open(join(folder, 'synced'), 'w');
    try {
      const page = new Uint8Array(pageBytes);
      return await durationsOf(paced, forMs, leastSamples, async () => {
        await file.write(page);
        await file.sync();
      });
    } finally {
      await file.close();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
