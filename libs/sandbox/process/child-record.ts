import { mkdirSync, unlinkSync, writeFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bootId } from './proc.js';

/** Where the processes of a step are to be found and how to tell them from others; written before it can do anything. */
export interface ChildRecord {
  readonly id: string;
  /** First process of the step; it leads its own process group. */
  readonly pid: number;
  /** Field 22 of `/proc/<pid>/stat`: the pid alone may belong to someone else by now. */
  readonly startTime: number;
  readonly bootId: string;
  /** The user that only this step runs as; null when it runs as this server's own user. */
  readonly uid: number | null;
  /** A text in the environment of each of its processes. */
  readonly marker: string;
  readonly cgroups: readonly string[];
  /** To be removed with everything in it. */
  readonly folder: string;
}

const folderOf = (scratchDir: string): string => join(scratchDir, 'children');
const fileOf = (scratchDir: string, id: string): string => join(folderOf(scratchDir), `${id}.json`);

/** Blocking: a few short calls before a step may begin. */
export function writeRecord(scratchDir: string, record: Omit<ChildRecord, 'bootId'>): ChildRecord {
  const whole: ChildRecord = { ...record, bootId: bootId() };
  const write = () =>
    writeFileSync(fileOf(scratchDir, record.id), JSON.stringify(whole), { flag: 'wx', mode: 0o600 });
  try {
    write();
  } catch (error) {
    if (!isMissing(error)) throw error;
    mkdirSync(folderOf(scratchDir), { recursive: true, mode: 0o700 });
    write();
  }
  return whole;
}

export function removeRecord(scratchDir: string, id: string): void {
  try {
    unlinkSync(fileOf(scratchDir, id));
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}

const isMissing = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ENOENT';

/** Every record there is; one cut short by a crash was of a process that had not been let go yet. */
export async function readRecords(scratchDir: string): Promise<ChildRecord[]> {
  const names = await readdir(folderOf(scratchDir)).catch(() => []);
  const records: ChildRecord[] = [];
  for (const name of names.filter((one) => one.endsWith('.json')).sort()) {
    try {
      records.push(JSON.parse(await readFile(join(folderOf(scratchDir), name), 'utf8')) as ChildRecord);
    } catch {
      continue;
    }
  }
  return records;
}
