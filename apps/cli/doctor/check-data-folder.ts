import { mkdtemp, rmdir, stat, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { epochMs, type Clock } from '#kernel';
import { bytes, duration } from '../output/units.js';
import { fail, ok, warn, type Finding } from './finding.js';

const failBelowBytes = 256 * 2 ** 20;
export const warnBelowBytes = 2 * 2 ** 30;
export const freeSpaceFix =
  'free some space: `holdfast du` shows who holds what, `holdfast gc --dry-run` what nobody needs';
/** What the times of events may differ by across instances. */
export const clockBoundMs = 5_000;
const released = '2026-11-01T00:00:00.000Z';

/** The folder of the embedded server: that it can be written, how much fits, and whether its clock is this machine's. */
export async function checkDataFolder(dataDir: string, clock: Clock): Promise<Finding[]> {
  const folder = await nearest(dataDir);
  const trial = await tryWriting(folder, clock);
  if ('error' in trial) {
    const fix = 'give yourself the right to write there, or name another folder with --data-dir';
    return [fail('data folder', `${folder} cannot be written: ${trial.error}`, fix), timeOf(clock)];
  }
  const here =
    folder === dataDir ? `${dataDir} can be written` : `${dataDir} is not there yet, and can be made`;
  return [ok('data folder', here), await space(folder), skew(trial.skewMs, clock)];
}

/** The folder itself, or the one that it would be made in. */
async function nearest(path: string): Promise<string> {
  const found = await stat(path).catch(() => undefined);
  return found !== undefined || dirname(path) === path ? path : nearest(dirname(path));
}

async function tryWriting(
  folder: string,
  clock: Clock,
): Promise<{ readonly skewMs: number } | { readonly error: string }> {
  try {
    const before = epochMs(clock.now());
    const made = await mkdtemp(join(folder, '.holdfast-doctor-'));
    const { mtimeMs } = await stat(made);
    const after = epochMs(clock.now());
    await rmdir(made);
    // However long it took to be made: some time in between.
    return { skewMs: mtimeMs - Math.min(Math.max(mtimeMs, before), after) };
  } catch (error) {
    return { error: (error as Error).message.replace(/,.*/s, '') };
  }
}

async function space(folder: string): Promise<Finding> {
  const { ffree, files } = await statfs(folder);
  const free = await freeBytes(folder);
  if (files > 0 && ffree < 10_000) return fail('free space', `only ${ffree} files more`, freeSpaceFix);
  if (free < failBelowBytes) return fail('free space', bytes(free), freeSpaceFix);
  return free < warnBelowBytes
    ? warn('free space', bytes(free), freeSpaceFix)
    : ok('free space', bytes(free));
}

/** What this user may still write there. */
export async function freeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

function skew(ms: number, clock: Clock): Finding {
  if (Math.abs(ms) <= clockBoundMs) return timeOf(clock);
  const found = `the file system is ${duration(Math.abs(ms))} ${ms < 0 ? 'behind' : 'ahead of'} this machine`;
  return warn('clock', found, 'let both follow the same time server');
}

function timeOf(clock: Clock): Finding {
  const now = clock.now();
  if (now < released)
    return fail(
      'clock',
      `${now} is before this release was made`,
      'set the clock; let it follow a time server',
    );
  return ok('clock', now);
}
