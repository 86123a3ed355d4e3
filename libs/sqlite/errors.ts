import { DomainError, isDomainError, type ErrorKind, type JsonObject } from '#kernel';

/** A DomainError as it crosses a thread. */
export interface WireError {
  readonly kind: ErrorKind;
  readonly code: string;
  readonly message: string;
  readonly facts: JsonObject;
}

export const toWire = (error: unknown): WireError => {
  const { kind, code, message, facts } = toDomainError(error);
  return { kind, code, message, facts };
};

export const fromWire = ({ kind, code, message, facts }: WireError): DomainError =>
  new DomainError(kind, code, message, { facts });

/** Primary result codes (https://sqlite.org/rescode.html); extended codes carry them in the low byte. */
const ofResultCode: Readonly<Record<number, readonly [ErrorKind, string, string]>> = {
  5: ['unavailable', 'STORE_IN_USE', 'another process uses this store'],
  8: [
    'unavailable',
    'STORAGE_READ_ONLY',
    'the store’s folder or file cannot be written; check its permissions',
  ],
  10: ['unavailable', 'STORAGE_FAULT', 'the disk failed to read or write'],
  11: ['integrity', 'STORE_CORRUPT', 'the store’s file is damaged; restore it from a backup'],
  13: ['exhausted', 'STORAGE_FULL', 'the disk is full; free some space, nothing was lost'],
  14: [
    'unavailable',
    'STORAGE_READ_ONLY',
    'the store’s file cannot be opened; check the folder and its permissions',
  ],
  26: ['integrity', 'STORE_CORRUPT', 'the file is not a store'],
};

const ofSystemCode: Readonly<Record<string, number>> = {
  EACCES: 8,
  EPERM: 8,
  EROFS: 8,
  ENOSPC: 13,
  EDQUOT: 13,
  ENOTDIR: 14,
  // A file where the folder should be.
  EEXIST: 14,
  // What Node's recursive `mkdir` says on a read-only file system.
  ENOENT: 14,
};

/** `SQLITE_IOERR_SHMSIZE`: the index of the log could not grow; on Linux that is a full disk too. */
const sharedMemoryFull = 4874;

const primaryOf = (errcode: number): number => (errcode === sharedMemoryFull ? 13 : errcode & 0xff);

/** What an error of SQLite or of the file system means to a user of the store. */
export function toDomainError(error: unknown): DomainError {
  if (isDomainError(error)) return error;
  const { errcode, code, message } = error as { errcode?: number; code?: string; message?: string };
  const known = ofResultCode[errcode === undefined ? (ofSystemCode[code ?? ''] ?? 0) : primaryOf(errcode)];
  if (known) return new DomainError(known[0], known[1], known[2], { cause: error });
  return new DomainError('bug', 'STORE_FAULT', `the store failed: ${message ?? String(error)}`, {
    cause: error,
  });
}
