import { readFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type * as S3Files from './s3-files.js';

/** Files of the log as anybody may fetch them. */
export interface LogFiles {
  /** Undefined when there is none. */
  read(path: string): Promise<Uint8Array | undefined>;
  /** Names of files in a folder; none when there is no folder. */
  list(folder: string): Promise<readonly string[]>;
  /** How many to read at once; where reading waits for nobody, more would only be in memory together. */
  readonly together: number;
  close(): void;
}

const absent = new Set(['ENOENT', 'ENOTDIR', 'EISDIR']);
const isAbsent = (error: unknown): boolean => absent.has((error as NodeJS.ErrnoException).code ?? '');

const inFolder = (root: string, waits: boolean): LogFiles => ({
  async read(path) {
    try {
      return waits ? readFileSync(join(root, path)) : await readFile(join(root, path));
    } catch (error) {
      if (isAbsent(error)) return undefined;
      throw error;
    }
  },
  async list(folder) {
    try {
      return await readdir(join(root, folder));
    } catch (error) {
      if (isAbsent(error)) return [];
      throw error;
    }
  },
  together: waits ? 1 : 16,
  close: () => undefined,
});

// By its address, so that nothing takes its client for what a start needs.
const s3Files = new URL('./s3-files.js', import.meta.url).href;

/**
 * @param place `file:PATH` or `s3://bucket/prefix?endpoint=…`
 * @param options `waits`: this thread has nothing else to do, and waits for a file at a tenth of the cost
 */
export async function openLogFiles(place: string, { waits = false } = {}): Promise<LogFiles> {
  if (place.startsWith('s3:')) return ((await import(s3Files)) as typeof S3Files).openS3Files(place);
  return inFolder(place.replace(/^file:/, ''), waits);
}
