import type { ServiceError } from '@grpc/grpc-js';
import { DomainError } from '#kernel';
import { decodeError, detailsTrailer } from './error-details.js';
import { codeOf } from './status.js';

/** Turns a failed call into a `DomainError`, and says what a person can do when nobody answered. */
export function fromServiceError(error: ServiceError, address: string, deadlineMs?: number): DomainError {
  const [details] = error.metadata?.get(detailsTrailer) ?? [];
  const decoded = decodeError({
    code: error.code,
    message: error.details || error.message,
    details: typeof details === 'string' ? undefined : details,
  });
  if (details !== undefined) return decoded;
  if (error.code === codeOf('unavailable'))
    return new DomainError(
      'unavailable',
      'SERVER_UNREACHABLE',
      `no Holdfast server answers at ${address} (${whyNot(decoded.message)}); start one with \`holdfast up\`, or name another with --server`,
      { cause: error },
    );
  if (error.code === codeOf('timeout'))
    return new DomainError(
      'timeout',
      'DEADLINE_EXCEEDED',
      `no answer from ${address}${deadlineMs === undefined ? ' in time' : ` within ${deadlineMs} ms`}`,
      { cause: error },
    );
  return decoded;
}

/** What the network said, without what grpc-js says around it. */
function whyNot(message: string): string {
  const [first = ''] = message.split('\n', 1);
  const said = /Last error: (?:Error: )?(.+?)\.? Resolution note:/.exec(first)?.[1] ?? first;
  return said.slice(0, 200);
}
