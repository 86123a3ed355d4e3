import { chmodSync, createReadStream, lstatSync } from 'node:fs';
import { relative } from 'node:path';
import { digestStream } from '#evidence';
import type { Loan } from '../inputs/input-cache.js';
import type { LaidOut } from './materialise.js';
import type { StepFolder } from './step-folder.js';
import { walk } from './walk.js';

/** What the step was given, noted before it starts: one text per path that no unprivileged process can restore. */
export interface Seal {
  readonly entries: ReadonlyMap<string, string>;
  /** Hashed again afterwards; set when the step could write to it if it only wanted. */
  readonly hashed: LaidOut | undefined;
  /** Knows of what was lent, whose change time moves with other steps. */
  readonly loan: Loan | undefined;
}

/**
 * Takes away the right to write and notes what is there. The change time of a file is set by the kernel alone, so an
 * equal one means equal bytes; where a step runs as this server, and nothing but a mode keeps it from writing, its files are hashed
 * again all the same.
 */
export async function sealInputs(folder: StepFolder, more: Omit<Seal, 'entries'>): Promise<Seal> {
  chmodSync(folder.work, 0o555);
  return { ...more, entries: await noteAll(folder, more.loan, (path) => chmodSync(path, 0o555)) };
}

/** Paths below the working folder that are no longer what they were, at most ten, in byte order. */
export async function brokenSeals(folder: StepFolder, seal: Seal): Promise<string[]> {
  const now = await noteAll(folder, seal.loan);
  const broken = new Set(
    [...seal.entries].filter(([path, was]) => now.get(path) !== was).map(([path]) => path),
  );
  for (const path of now.keys()) if (!seal.entries.has(path)) broken.add(path);
  for (const path of (await seal.loan?.broken()) ?? []) broken.add(relative(folder.work, path));
  if (broken.size === 0) {
    for (const [path, digest] of seal.hashed ?? []) {
      const now = await digestStream(createReadStream(path));
      if (now.digest !== digest) broken.add(relative(folder.work, path));
    }
  }
  return [...broken].sort().slice(0, 10);
}

/** Lets this user remove what it sealed; root may anyway. */
export async function unsealFolders(folder: StepFolder): Promise<void> {
  if (process.getuid?.() === 0) return;
  try {
    for (const path of await foldersOf(folder)) chmodSync(path, 0o755);
  } catch {
    // What cannot be opened is removed by other means.
  }
}

async function foldersOf(folder: StepFolder): Promise<string[]> {
  const found: string[] = [];
  for await (const { path, isFolder } of walk(folder.work, folder.outputs)) if (isFolder) found.push(path);
  return [...found, folder.work];
}

/** @param onFolder before it is noted */
async function noteAll(
  folder: StepFolder,
  loan: Loan | undefined,
  onFolder: (path: string) => void = () => undefined,
): Promise<Map<string, string>> {
  const notes = new Map<string, string>();
  for await (const { path, isFolder } of walk(folder.work, folder.outputs)) {
    if (loan?.has(path)) {
      notes.set(relative(folder.work, path), 'lent');
      continue;
    }
    if (isFolder) onFolder(path);
    const { dev, ino, mode, size, mtimeNs, ctimeNs } = lstatSync(path, { bigint: true });
    const identity = isFolder ? [dev, ino, mode, mtimeNs] : [dev, ino, mode, size, mtimeNs, ctimeNs];
    notes.set(relative(folder.work, path), identity.join(' '));
  }
  return notes;
}
