import { hash } from 'node:crypto';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hashFile } from '#evidence/files';
import { timed, type Paced } from './measure.js';

const pieceBytes = 2 ** 20;
const pieces = 48;
const rounds = 4;

/** MiB hashed in a second at best: of a file, as data is hashed, and of memory, by the digest alone. */
export async function hashingSpeed({
  clock,
  signal,
}: Paced): Promise<{ readonly file: number; readonly bare: number }> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-bench-'));
  try {
    const path = join(folder, 'hashed');
    const piece = Buffer.alloc(pieceBytes, 'holdfast');
    const file = await open(path, 'w');
    for (let i = 0; i < pieces; i++) await file.write(piece);
    await file.close();
    const all = Buffer.alloc(pieces * pieceBytes, piece);
    const [files, bares]: [number[], number[]] = [[], []];
    // By turns, so that what slows the machine slows both.
    for (let i = 0; i < rounds; i++) {
      signal.throwIfAborted();
      files.push(await timed(clock, () => hashFile(path, { signal })));
      bares.push(await timed(clock, async () => hash('sha256', all)));
    }
    return { file: perSecond(files), bare: perSecond(bares) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const perSecond = (durations: readonly number[]): number => (pieces * 1000) / Math.min(...durations);
