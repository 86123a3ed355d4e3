import { DomainError, isDomainError } from '#kernel';
import { cancelled } from '../errors.js';

interface ServerError {
  readonly name?: string;
  readonly code?: string;
  readonly $metadata?: { readonly httpStatusCode?: number; readonly requestId?: string };
}

const denied = new Set([
  'AccessDenied',
  'InvalidAccessKeyId',
  'SignatureDoesNotMatch',
  'ExpiredToken',
  'InvalidToken',
  'CredentialsProviderError',
]);

/**
 * What an error of the client means to a user of the store. Nothing of the error itself goes on: it may hold the key's name,
 * the request that was signed or the whole answer.
 */
export function toDomainError(error: unknown, bucket: string): DomainError {
  if (isDomainError(error)) return error;
  const { name = 'Error', code, $metadata } = error as ServerError;
  const status = $metadata?.httpStatusCode;
  const facts = { name, status: status ?? 0, requestId: $metadata?.requestId ?? '' };
  const failed = (reason: string, text: string, kind: 'unavailable' | 'exhausted' = 'unavailable') =>
    new DomainError(kind, reason, text, { facts });
  if (name === 'AbortError') return cancelled();
  if (name === 'NoSuchBucket')
    return failed(
      'STORAGE_MISSING',
      `there is no bucket ${bucket}; create it or correct HOLDFAST_ARTIFACT_STORE`,
    );
  if (denied.has(name) || status === 401 || status === 403)
    return failed(
      'STORAGE_DENIED',
      `bucket ${bucket} refuses this service’s credentials (${name}); check AWS_ACCESS_KEY_ID, its secret and the bucket’s policy`,
    );
  if (status === 507 || /Storage(Backend)?Full|QuotaExceeded/.test(name))
    return failed('STORAGE_FULL', `bucket ${bucket} is full; free some space, nothing was lost`, 'exhausted');
  if (status === 301 || status === 307 || (error as Error).message === 'Region is missing')
    return failed('STORAGE_FAULT', `bucket ${bucket} is in another region; set AWS_REGION or region=`);
  if (status === undefined) return unreachable(bucket, code ?? name);
  return failed('STORAGE_FAULT', `bucket ${bucket} answered ${status} ${name}`);
}

export const unreachable = (bucket: string, why: string): DomainError =>
  new DomainError(
    'unavailable',
    'STORAGE_UNREACHABLE',
    `the server of bucket ${bucket} does not answer (${why})`,
    {
      facts: { name: why, status: 0, requestId: '' },
    },
  );

export const statusOf = (error: unknown): number =>
  isDomainError(error) ? Number(error.facts['status']) : 0;
export const nameOf = (error: unknown): string => (isDomainError(error) ? String(error.facts['name']) : '');
