import { DomainError, isDomainError } from '#kernel';

/** What an error of the file system means to a user of the store. */
export function toDomainError(error: unknown): DomainError {
  if (isDomainError(error)) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  switch (code) {
    case 'ENOSPC':
    case 'EDQUOT':
      return new DomainError(
        'exhausted',
        'STORAGE_FULL',
        'the disk is full; free some space, nothing was lost',
        { cause: error },
      );
    case 'EROFS':
    case 'EACCES':
    case 'EPERM':
      return new DomainError(
        'unavailable',
        'STORAGE_READ_ONLY',
        'the artifact folder cannot be written; check its permissions',
        { cause: error },
      );
    case 'ABORT_ERR':
      return new DomainError('cancelled', 'CANCELLED', 'the caller has gone', { cause: error });
    default:
      return new DomainError('unavailable', 'STORAGE_FAULT', `the artifact folder failed: ${message}`, {
        cause: error,
      });
  }
}

export const isMissing = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ENOENT';
