import { DomainError, isDomainError, type Digest } from '#kernel';

/** What an error of the file system means to a user of the store. */
export function toDomainError(error: unknown): DomainError {
  if (isDomainError(error)) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  const failed = (kind: 'exhausted' | 'unavailable', name: string, text: string) =>
    new DomainError(kind, name, text, { cause: error });
  switch (code) {
    case 'ENOSPC':
    case 'EDQUOT':
      return failed('exhausted', 'STORAGE_FULL', 'the disk is full; free some space, nothing was lost');
    case 'EROFS':
    case 'EACCES':
    case 'EPERM':
      return failed(
        'unavailable',
        'STORAGE_READ_ONLY',
        'the artifact folder cannot be written; check its permissions',
      );
    case 'ENOENT':
      return failed('unavailable', 'STORAGE_MISSING', `the artifact folder is not what it was: ${message}`);
    default:
      return failed('unavailable', 'STORAGE_FAULT', `the artifact folder failed: ${message}`);
  }
}

export const isMissing = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ENOENT';

export const notFound = (digest: Digest): DomainError =>
  new DomainError('not-found', 'BLOB_NOT_FOUND', `${digest} is not in the artifact store`, {
    facts: { digest },
  });

export const corrupt = (digest: Digest): DomainError =>
  new DomainError('integrity', 'BLOB_CORRUPT', `${digest} has other bytes in the store`, {
    facts: { digest },
  });

export const cancelled = (): DomainError => new DomainError('cancelled', 'CANCELLED', 'the caller has gone');

export function unreadable(path: string, cause: unknown): never {
  throw new DomainError('invalid', 'FILE_UNREADABLE', `${path} is not a file that can be read`, { cause });
}
