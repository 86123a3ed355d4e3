// What a check has found well already it need not look at again: a check passes for the bytes it has read, and for nothing else.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { inRoot } from './toolchain.mjs';

const notOurs = new Set(['node_modules', 'dist', 'coverage', '.git', '.cache', '.holdfast']);

function* filesUnder(folder) {
  for (const entry of readdirSync(inRoot(folder), { withFileTypes: true })) {
    if (notOurs.has(entry.name)) continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* filesUnder(path);
    else if (entry.isFile()) yield path;
  }
}

/**
 * Of the packages there are, as npm wrote them down, and of every file of the checkout that `reads` says yes to. The Node that
 * checks is one of the packages; the one that runs this is another the first time, when there is none in node_modules.
 */
function digestOf(reads) {
  const hash = createHash('sha256');
  const installed = 'node_modules/.package-lock.json';
  for (const path of [...filesUnder('.')].filter(reads).sort().concat(installed))
    if (existsSync(inRoot(path)))
      hash.update(
        `${path}\0${createHash('sha256')
          .update(readFileSync(inRoot(path)))
          .digest('hex')}\n`,
      );
  return hash.digest('hex');
}

const recordOf = (name) => inRoot('.cache/passed', name);
const isRecorded = (name, digest) =>
  existsSync(recordOf(name)) && readFileSync(recordOf(name), 'utf8') === digest;

/** Whether {@link unlessPassed} would not run it. */
export const hasPassed = (name, reads) => isRecorded(name, digestOf(reads));

/**
 * Runs `check` unless it has passed before for the same bytes; what failed is always run again.
 * @param {string} name
 * @param {(path: string) => boolean} reads whether the check's outcome may depend on this file, named from the root
 * @param {() => Promise<{ status: number, output: string, tookMs: number }>} check
 */
export async function unlessPassed(name, reads, check) {
  const startedAt = performance.now();
  const record = recordOf(name);
  const before = digestOf(reads);
  if (isRecorded(name, before))
    return { status: 0, output: '', tookMs: performance.now() - startedAt, unchanged: true };
  rmSync(record, { force: true });
  const result = await check();
  // Written to meanwhile: who can say which bytes it has read?
  if (result.status === 0 && digestOf(reads) === before) {
    mkdirSync(dirname(record), { recursive: true });
    writeFileSync(record, before);
  }
  return result;
}
