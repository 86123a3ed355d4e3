import { DomainError, isDomainError } from '#kernel';
import { changed } from '../checks.js';

interface ServerError {
  readonly name?: string;
  readonly code?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

export const isAbsent = (error: unknown): boolean => {
  const { name, $metadata } = error as ServerError;
  return name === 'NoSuchKey' || (name === 'NotFound' && $metadata?.httpStatusCode === 404);
};

/** What an error of the client means for the log; nothing of the error itself goes on, it may hold the request that was signed. */
export function toDomainError(error: unknown, bucket: string, path: string): DomainError {
  if (isDomainError(error)) return error;
  const { name = 'Error', code, $metadata } = error as ServerError;
  const status = $metadata?.httpStatusCode;
  // Changed between asking and writing; two who write at once are told apart by the server.
  if (status === 412 || status === 409) return changed(path);
  const failed = (reason: string, why: string, kind: 'unavailable' | 'exhausted' = 'unavailable') =>
    new DomainError(kind, reason, `bucket ${bucket} of the audit log ${why}`);
  if (name === 'NoSuchBucket')
    return failed('STORAGE_MISSING', 'is not there; create it or correct HOLDFAST_AUDIT_LOG');
  if (status === 401 || status === 403)
    return failed('STORAGE_DENIED', `refuses this service’s credentials (${name})`);
  if (status === 507) return failed('STORAGE_FULL', 'is full', 'exhausted');
  if (status === undefined) return failed('STORAGE_UNREACHABLE', `does not answer (${code ?? name})`);
  return failed('STORAGE_FAULT', `answered ${status} ${name}`);
}
