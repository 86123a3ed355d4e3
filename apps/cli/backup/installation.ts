import { readdir, readFile, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { DomainError, isDomainError } from '#kernel';
import { parseCheckpoint, parseVerifierKeys, type Checkpoint, type VerifierKey } from '#evidence';
import {
  copyDatabase,
  copyOnce,
  filesBelow,
  isHidden,
  ofDatabase,
  sizeOf,
  syncFolders,
  writeWhole,
} from './copy-files.js';
import { diskFault } from '../disk-fault.js';

/** What a backup says of itself, written last: a folder without it is none. */
export interface BackupRecord {
  readonly format: 'holdfast-backup';
  readonly v: 1;
  readonly madeAt: string;
  readonly origin: string;
  /** Entries of the log that it holds, and their root in base64. */
  readonly logSize: number;
  readonly root: string;
  readonly blobs: number;
  /** What was damaged when it was made, or left behind, in words. */
  readonly lost: readonly string[];
  /** What is kept elsewhere, and never was to be in it. */
  readonly notIn: readonly string[];
  /** Verifier keys of the log. */
  readonly keys: readonly string[];
}

const recordName = 'backup.json';
const [events, log, artifacts] = ['events.sqlite', 'audit-log', 'artifacts'];
const pack = join(artifacts, 'pack.sqlite');
/** Folders of an installation that are secrets, or not its memory: never in a backup. */
const apart = ['keys', 'people'];

export const placesIn = (folder: string) => ({
  eventStore: `sqlite:${join(folder, events)}`,
  log: `file:${join(folder, log)}`,
});

export interface Telling {
  readonly signal: AbortSignal;
  told(what: string, bytes: number): void;
}

/**
 * The log first, then the events, so that it is never ahead of them, and artifacts last, for events name them. Whoever writes goes on meanwhile.
 * A folder that was copied to before takes only what is new. What it has in the end is on the disk. A log that is gone or damaged keeps nobody
 * from the events, a pack of small artifacts that is gone, or no database any more, from the others.
 * @returns what was left behind, in words
 * @throws DATABASE_DAMAGED of the events
 */
export async function copyInstallation(
  from: string,
  to: string,
  { signal, told }: Telling,
): Promise<readonly string[]> {
  const part = (name: string) => [join(from, name), join(to, name)] as const;
  const telling = (what: string) => ({ signal, told: (bytes: number) => told(what, bytes) });
  const checkpoint = await textOf(join(from, log, 'checkpoint'));
  const size = sizeIn(checkpoint);
  await copyOnce(...part(log), {
    ...telling(log),
    // A newer one may be there by the time its folder is read.
    wanted: (path) => path !== 'checkpoint' && Number(/^checkpoints\/(\d+)$/.exec(path)?.[1] ?? 0) <= size,
  });
  if (checkpoint !== undefined) await writeWhole(join(to, log, 'checkpoint'), checkpoint);
  await copyDatabase(...part(events), telling('events'));
  const left = await damageIn(() => copyDatabase(...part(pack), telling(artifacts)));
  await copyOnce(...part(join(artifacts, 'blobs')), telling(artifacts));
  await syncFolders(to);
  return (await hasArtifacts(from)) && !(await hasPack(from)) ? [`${join(from, pack)}: it is gone`] : left;
}

/** What is wrong with a database, where that keeps it from being read. */
async function damageIn(work: () => Promise<unknown>): Promise<readonly string[]> {
  try {
    await work();
    return [];
  } catch (error) {
    if (isDomainError(error) && error.code === 'DATABASE_DAMAGED') return [error.message];
    throw error;
  }
}

async function textOf(file: string): Promise<string | undefined> {
  return (await sizeOf(file)) === undefined ? undefined : readFile(file, 'utf8');
}

/** Of what is no checkpoint no size is known. */
function sizeIn(note = ''): number {
  try {
    return parseCheckpoint(note).size;
  } catch {
    return Infinity;
  }
}

export interface Blobs {
  readonly count: number;
  /** Why those in the pack of small ones are not counted. */
  readonly damaged: readonly string[];
}

/** Artifacts that are there, in files and in the pack of small ones. */
export async function blobsIn(folder: string): Promise<Blobs> {
  let { length: count } = await filesBelow(join(folder, artifacts, 'blobs'));
  const damaged = await damageIn(async () => (count += await packedIn(join(folder, pack))));
  return { count, damaged };
}

async function packedIn(path: string): Promise<number> {
  if ((await sizeOf(path)) === undefined) return 0;
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    return Number(database.prepare('SELECT count(*) AS blobs FROM blobs').get()?.['blobs']);
  } catch (error) {
    throw ofDatabase(path, diskFault(error));
  } finally {
    database.close();
  }
}

/** Folders that are there and stay apart. */
export async function keptApart(dataDir: string): Promise<readonly string[]> {
  const there = await Promise.all(apart.map((name) => sizeOf(join(dataDir, name))));
  return apart.filter((_, i) => there[i] !== undefined).map((name) => join(dataDir, name));
}

/** Whether its artifacts are in the folder, as they are unless settings name another place. */
export const hasArtifacts = async (dataDir: string): Promise<boolean> =>
  (await sizeOf(join(dataDir, artifacts))) !== undefined;

/** As whoever keeps artifacts makes it, empty at first. */
const hasPack = async (folder: string): Promise<boolean> => (await sizeOf(join(folder, pack))) !== undefined;

/** @throws NO_EMBEDDED_STORE */
export async function assertEmbedded(dataDir: string): Promise<void> {
  if ((await sizeOf(join(dataDir, events))) !== undefined) return;
  const message = `${dataDir} holds no event store; of other engines see \`holdfast migrate\` and infra/operations.md`;
  throw new DomainError('not-found', 'NO_EMBEDDED_STORE', message);
}

/** Empty, or a backup of the same log. @throws FOLDER_IN_USE */
export async function openBackupFolder(folder: string, dataDir: string, origin: string): Promise<void> {
  if (`${resolve(folder)}/`.startsWith(`${resolve(dataDir)}/`))
    throw inUse(folder, 'is the data folder, or inside of it');
  const record = await readRecord(folder);
  const names = await namesIn(folder);
  const others = names.filter((name) => ![events, log, artifacts].includes(name) && !isHidden(name));
  if (record === undefined && others.length > 0) throw inUse(folder, 'holds something else');
  if (record !== undefined && record.origin !== origin)
    throw inUse(folder, `is a backup of ${record.origin}, not of ${origin}`);
  await rm(join(folder, recordName), { force: true });
}

/** @throws FOLDER_IN_USE */
export async function assertEmpty(dataDir: string): Promise<void> {
  const names = await namesIn(dataDir);
  if (names.some((name) => !apart.includes(name)))
    throw inUse(dataDir, 'is not empty; restore into a new --data-dir, into which keys may be put before');
}

export async function writeRecord(folder: string, record: BackupRecord): Promise<void> {
  await writeWhole(join(folder, recordName), `${JSON.stringify(record, null, 2)}\n`);
  await syncFolders(folder);
}

/** Undefined where there is none, or none that can be read. */
export async function readRecord(folder: string): Promise<BackupRecord | undefined> {
  try {
    const read = JSON.parse(await readFile(join(folder, recordName), 'utf8')) as BackupRecord;
    // Earlier ones did not say.
    const record = { ...read, lost: read.lost ?? [], notIn: read.notIn ?? [] };
    const { format, v, keys, lost, notIn } = record;
    parseVerifierKeys(keys.join('\n'));
    if (
      ![lost, notIn].every((texts) => Array.isArray(texts) && texts.every((text) => typeof text === 'string'))
    )
      return undefined;
    return format === 'holdfast-backup' && v === 1 ? record : undefined;
  } catch {
    return undefined;
  }
}

export const keysOf = ({ keys }: BackupRecord): readonly VerifierKey[] => parseVerifierKeys(keys.join('\n'));

/** What its log says of itself; whether it is signed, nobody has looked. @throws LOG_EMPTY, CHECKPOINT_MALFORMED */
export async function checkpointIn(folder: string): Promise<Checkpoint> {
  const file = join(folder, log, 'checkpoint');
  const note = await textOf(file);
  if (note !== undefined) return parseCheckpoint(note);
  throw new DomainError(
    'not-found',
    'LOG_EMPTY',
    `${file} is not there: the audit log has no checkpoint yet, or lies elsewhere`,
  );
}

const namesIn = (folder: string): Promise<readonly string[]> => readdir(folder).catch(() => []);

const inUse = (folder: string, why: string): DomainError =>
  new DomainError('rule', 'FOLDER_IN_USE', `${folder} ${why}`);
