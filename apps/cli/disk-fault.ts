import { DomainError, isDomainError } from '#kernel';

interface Fault extends Error {
  readonly code?: string;
  readonly syscall?: string;
  /** Of SQLite. */
  readonly errcode?: number;
}

const [sqliteCorrupt, sqliteFull, sqliteNotADatabase] = [11, 13, 26];

/** What an error of the file system or of SQLite means for who reads and writes files here: no fault of ours. */
export function diskFault(error: unknown): unknown {
  const { code, syscall, errcode = 0, message } = error as Fault;
  if (isDomainError(error)) return error;
  const primary = errcode & 0xff;
  if (code === 'ENOSPC' || code === 'EDQUOT' || primary === sqliteFull)
    return new DomainError('exhausted', 'STORAGE_FULL', message);
  if (primary === sqliteCorrupt || primary === sqliteNotADatabase)
    return new DomainError('integrity', 'DATABASE_DAMAGED', message);
  if (syscall !== undefined) return new DomainError('rule', 'FOLDER_UNUSABLE', message);
  return error;
}
