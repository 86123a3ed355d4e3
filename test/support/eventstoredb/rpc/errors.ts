import { Metadata, status, type StatusObject } from '@grpc/grpc-js';
import type { Expected } from '../store/expectation.js';

/** Bytes of one append at most: the data, the metadata and two for each letter of the type, of all its events. */
export const maxAppendBytes = 1024 * 1024;

type RpcError = Partial<StatusObject> & Error;

/** An error as the real server words it; clients tell them apart by the trailer `exception`. */
function rpcError(code: status, details: string, trailers: Readonly<Record<string, string>> = {}): RpcError {
  const metadata = new Metadata();
  for (const [key, value] of Object.entries(trailers)) metadata.set(key, value);
  return Object.assign(new Error(details), { code, details, metadata });
}

const numberOf = (expected: Expected): string =>
  String({ any: -2, 'no-stream': -1, 'stream-exists': -4 }[expected] ?? expected);

export const streamDeleted = (stream: string): RpcError =>
  rpcError(status.FAILED_PRECONDITION, `Event stream '${stream}' is deleted.`, {
    exception: 'stream-deleted',
    'stream-name': stream,
  });

/** Of a delete; an append says it in its answer. */
export const wrongExpectedVersion = (stream: string, expected: Expected, current: number): RpcError =>
  rpcError(
    status.FAILED_PRECONDITION,
    `Delete failed due to WrongExpectedVersion. Stream: ${stream}, Expected version: ${numberOf(expected)}, Actual version: ${current}`,
    {
      exception: 'wrong-expected-version',
      'stream-name': stream,
      'expected-version': numberOf(expected),
      'actual-version': String(current),
    },
  );

export const maxAppendSizeExceeded = (): RpcError =>
  rpcError(status.INVALID_ARGUMENT, `Maximum Append Size of ${maxAppendBytes} Exceeded.`, {
    exception: 'maximum-append-size-exceeded',
    'maximum-append-size': String(maxAppendBytes),
  });

export const requiredMetadataMissing = (property: string): RpcError =>
  rpcError(status.INVALID_ARGUMENT, `Required Metadata Property '${property}' is missing`, {
    exception: 'missing-required-metadata-property',
    'required-metadata-properties': 'type,content-type',
  });

export const notLeader = (host: string, port: number): RpcError =>
  rpcError(status.NOT_FOUND, 'Leader info available', {
    exception: 'not-leader',
    'leader-endpoint-host': host,
    'leader-endpoint-port': String(port),
  });

export const invalidPosition = (): RpcError =>
  rpcError(status.INVALID_ARGUMENT, 'Trying to read from an invalid position.');

export const invalidCount = (): RpcError => rpcError(status.UNKNOWN, 'Unexpected ReadStreamResult: Error');

export const notReady = (): RpcError => rpcError(status.UNAVAILABLE, 'Server Is Not Ready');

export const timedOut = (): RpcError =>
  rpcError(status.ABORTED, 'Operation timed out: Commit phase timeout.');
