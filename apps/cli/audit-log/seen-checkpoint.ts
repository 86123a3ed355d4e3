import { createHash } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { makeFolders } from '#disk';
import { DomainError } from '#kernel';
import {
  formatVerifierKey,
  parseCheckpoint,
  parseVerifierKeys,
  type Checkpoint,
  type VerifierKey,
} from '#evidence';

/** What this user saw last of a log, and by which keys. */
export interface Seen {
  readonly keys: readonly VerifierKey[];
  readonly checkpoint: Checkpoint;
  readonly note: string;
}

/** @param stateDir as `stateDirOf` */
export const seenFile = (stateDir: string, origin: string): string =>
  join(stateDir, 'logs', `${createHash('sha256').update(origin).digest('hex').slice(0, 32)}.json`);

/** Undefined where none was seen. @throws SEEN_CHECKPOINT_UNREADABLE: it is not forgotten because a file broke */
export function readSeen(file: string): Seen | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw unreadable(file, error);
  }
  try {
    const { keys, note } = JSON.parse(text) as { readonly keys: readonly string[]; readonly note: string };
    return { keys: parseVerifierKeys(keys.join('\n')), note, checkpoint: parseCheckpoint(note) };
  } catch (error) {
    throw unreadable(file, error);
  }
}

/** Whole or not at all. A home that cannot be written keeps nothing. */
export function writeSeen(file: string, keys: readonly VerifierKey[], note: string): boolean {
  const named = keys.map(({ name = '', publicKey, algorithm }) =>
    formatVerifierKey(name, publicKey, algorithm),
  );
  try {
    makeFolders(dirname(file));
    const half = `${file}.${process.pid}.half`;
    writeFileSync(half, `${JSON.stringify({ keys: named, note })}\n`, { mode: 0o600 });
    renameSync(half, file);
    return true;
  } catch {
    return false;
  }
}

const unreadable = (file: string, cause: unknown): DomainError =>
  new DomainError(
    'integrity',
    'SEEN_CHECKPOINT_UNREADABLE',
    `${file}, the last checkpoint seen, cannot be read; remove it to begin anew`,
    { cause },
  );
