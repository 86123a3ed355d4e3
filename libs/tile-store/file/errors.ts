import { DomainError, isDomainError } from '#kernel';

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? '';
/** A link in a circle and what is no file are none of the log’s. */
const absent = new Set(['ENOENT', 'ENOTDIR', 'EISDIR', 'ELOOP', 'ENXIO']);

export const isAbsent = (error: unknown): boolean => absent.has(codeOf(error));

/** What an error of the file system means for the log. */
export function toDomainError(error: unknown, dir: string): unknown {
  if (isDomainError(error)) return error;
  const code = codeOf(error);
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return new DomainError(
      'exhausted',
      'STORAGE_FULL',
      `no space left below ${dir}; free some, nothing was lost`,
    );
  if (code === 'EROFS' || code === 'EACCES' || code === 'EPERM')
    return new DomainError('unavailable', 'STORAGE_READ_ONLY', `${dir} cannot be written (${code})`);
  if (code === '') return error;
  return new DomainError('unavailable', 'STORAGE_FAULT', `${dir} failed (${code})`, { cause: error });
}
