import { renameSync, writeFileSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { Problem } from '#kernel';
import { checkLock, compareLock, serializeLock, type Lock, type Moved } from '#domain/blueprint';
import { facts } from '../output/table.js';
import { bytes } from '../output/units.js';
import { readSmallFile } from './read-small-file.js';

export interface ReadLock {
  readonly exists: boolean;
  readonly lock?: Lock;
  readonly problems: readonly Problem[];
}

export async function readLock(path: string): Promise<ReadLock> {
  const exists = await stat(path).then(
    () => true,
    () => false,
  );
  if (!exists) return { exists, problems: [] };
  const { content, problem } = await readSmallFile(path, 'remove it and run `holdfast lock`');
  if (content === undefined) return { exists, problems: problem ? [problem] : [] };
  return { exists, ...checkLock(Buffer.from(content).toString('utf8'), path) };
}

/** Whole or not at all. */
export function writeLock(path: string, lock: Lock): void {
  const half = `${path}.${process.pid}.half`;
  writeFileSync(half, serializeLock(lock));
  renameSync(half, path);
}

/** What is pinned, a line each. */
export function pinnedText({ code, environment, architecture, data }: Lock): string {
  return facts([
    ['  code', `${code.tree} ${bytes(code.sizeBytes)}${code.commit ? ` commit ${code.commit}` : ''}`],
    ['  environment', `${environment.digest} ${environment.name} ${architecture}`],
    ...Object.entries(data).map(
      ([name, pin]) => [`  data.${name}`, `${pin.digest} ${bytes(pin.sizeBytes)} ${pin.dataset}`] as const,
    ),
  ]);
}

/** `code.tree: sha256:1f… → sha256:9c…`, one line a pin that moved. */
export function movedLines(earlier: Lock, now: Lock): string[] {
  return compareLock(earlier, now).map(movedLine);
}

function movedLine({ field, before, after }: Moved): string {
  return `${field}: ${brief(before)} → ${brief(after)}`;
}

const brief = (value: unknown): string => {
  if (value === undefined) return 'none';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.startsWith('sha256:') ? `${text.slice(0, 19)}…` : text.slice(0, 120);
};
