import { MongoError, MongoServerError } from 'mongodb';
import { DomainError, isDomainError } from '#kernel';

export const isDuplicate = (error: unknown): boolean =>
  error instanceof MongoServerError && error.code === 11000;

export const unavailable = (cause?: unknown): DomainError => {
  const message = 'MongoDB does not answer; it is tried again with the next call';
  return new DomainError('unavailable', 'STORE_UNAVAILABLE', message, cause === undefined ? {} : { cause });
};

/** Codes of https://github.com/mongodb/mongo/blob/master/src/mongo/base/error_codes.yml */
const ofServerCode: Readonly<Record<number, () => DomainError>> = {
  13: () => new DomainError('unavailable', 'STORE_DENIED', 'MongoDB does not let this user do that'),
  18: () => new DomainError('unavailable', 'STORE_DENIED', 'MongoDB does not know this user or password'),
  14031: () => new DomainError('exhausted', 'STORAGE_FULL', 'the disk of MongoDB is full'),
};

/** Not the primary any more, shutting down, interrupted, out of time: https://github.com/mongodb/specifications, "Retryable Reads". */
const passing = new Set([
  ...[6, 7, 50, 64, 89, 91, 134, 189, 262, 9001, 10107, 11600, 11602, 13435, 13436, 43, 237, 175],
]);

/** A socket’s own error, `EPIPE` and the like, which the driver lets through now and then. */
const isOfSystem = (error: unknown): boolean =>
  /^(E[A-Z]+|ERR_(SOCKET|STREAM)_\w+)$/.test(String((error as { code?: unknown } | null)?.code));

/** As the driver says it, in whatever error it wraps it: a bulk write gives it a code of its own. */
const isLost = (error: unknown): boolean =>
  error instanceof Error && /^connection \S+ to \S+ (closed|timed out)\b/.test(error.message);

/** What an error of the driver or of the server means to a user of the store. */
export function toDomainError(error: unknown): DomainError {
  if (isDomainError(error)) return error;
  if (isLost(error)) return unavailable(error);
  if (error instanceof MongoServerError) {
    const code = Number(error.code);
    const known = ofServerCode[code]?.();
    if (known) return known;
    if (passing.has(code)) return unavailable(error);
    // A bulk write whose connection broke comes as an error of the server, which would have a code.
    if (error.code === undefined) return unavailable(error);
  } else if (error instanceof MongoError || isOfSystem(error)) return unavailable(error);
  const message = error instanceof Error ? error.message : String(error);
  return new DomainError('bug', 'STORE_FAULT', `the store failed: ${message}`, { cause: error });
}
