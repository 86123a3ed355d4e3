import { Metadata } from '@grpc/grpc-js';
import { DomainError, isDomainError } from '#kernel';
import { detailsTrailer, encodeError } from '#rpc';
import { liveCall, type Call } from './live-call.js';

/** A failed call as grpc-js wants it. */
export interface FailedCall {
  readonly code: number;
  readonly details: string;
  readonly message: string;
  readonly metadata: Metadata;
}

/**
 * What the client may know of an error. A `DomainError` travels as it is, except a `bug`; that and everything unknown
 * is logged with an incident number, and only the number leaves the house.
 */
export function toFailedCall(error: unknown, call: Call): FailedCall {
  const live = liveCall(call);
  const { code, message, details } = encodeError(publicError(error, call, live.abort.signal));
  const metadata = new Metadata();
  metadata.set(detailsTrailer, Buffer.from(details));
  return { code, details: message, message, metadata };
}

function publicError(error: unknown, call: Call, signal: AbortSignal): DomainError {
  if (isDomainError(error) && error.kind !== 'bug') return error;
  if (signal.aborted && isAbort(error) && isDomainError(signal.reason)) return signal.reason;
  const { log, chance } = liveCall(call);
  const incident = chance.uuid();
  log.error('a call failed for a reason we did not foresee', { incident, method: call.getPath(), error });
  return new DomainError(
    'bug',
    'INTERNAL_ERROR',
    `something went wrong inside Holdfast; the server's log has the details under incident ${incident}`,
    { facts: { incident } },
  );
}

const isAbort = (error: unknown): boolean => error instanceof Error && error.name === 'AbortError';
