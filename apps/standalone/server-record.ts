import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Tells other processes of this machine where the server of a data folder answers. */
export interface ServerRecord {
  readonly pid: number;
  readonly address: string;
}

const pathIn = (dataDir: string): string => join(dataDir, 'server.json');

/** Whole or not at all: nobody reads half a record. */
export function writeRecord(dataDir: string, record: ServerRecord): void {
  const half = `${pathIn(dataDir)}.${record.pid}.half`;
  writeFileSync(half, `${JSON.stringify(record)}\n`, { mode: 0o600 });
  renameSync(half, pathIn(dataDir));
}

/** Removes the record of this process, and no other's. */
export function removeRecord(dataDir: string, pid: number): void {
  try {
    const record = JSON.parse(readFileSync(pathIn(dataDir), 'utf8')) as ServerRecord;
    if (record.pid === pid) rmSync(pathIn(dataDir), { force: true });
  } catch {
    // There is none, or it cannot be read: then it says nothing that could mislead.
  }
}
