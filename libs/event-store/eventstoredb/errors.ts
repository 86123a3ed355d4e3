import { convertToCommandError, ErrorType, type CommandError } from '@eventstore/db-client';
import { DomainError, isDomainError, type StreamId } from '#kernel';

/** The engine does not answer, or not as it should; worth trying again. `kind` unavailable, code STORE_UNAVAILABLE. */
export const storeUnavailable = (because: string, cause?: unknown): DomainError =>
  new DomainError('unavailable', 'STORE_UNAVAILABLE', `EventStoreDB: ${because}`, { cause });

export const isAway = (error: unknown): boolean => isDomainError(error) && error.code === 'STORE_UNAVAILABLE';

/** Events are missing, or are not ours: somebody has deleted, truncated or written what only Holdfast may. */
export const storeCorrupt = (message: string): DomainError =>
  new DomainError('integrity', 'STORE_CORRUPT', message);

export const deletedStream = (stream: StreamId): DomainError =>
  storeCorrupt(`${stream} was deleted or truncated in EventStoreDB; restore the store from a backup`);

export const tooOld = (): DomainError =>
  new DomainError(
    'unavailable',
    'STORE_FORMAT',
    'this EventStoreDB does not tell where an event stands in its log; version 22.6 and later do',
  );

export type EngineError = CommandError & { readonly type: ErrorType };

/** What a call failed with, in the terms of the port. Texts of the engine name streams and hosts, never payloads or credentials. */
export function fromEngine(error: unknown, stream?: StreamId): DomainError {
  if (isDomainError(error)) return error;
  const engine = convertToCommandError(error as Error);
  switch ((engine as Partial<EngineError>).type) {
    case ErrorType.STREAM_DELETED:
      return stream ? deletedStream(stream) : storeCorrupt('a stream was deleted in EventStoreDB');
    case ErrorType.ACCESS_DENIED:
      return storeUnavailable('it refuses these credentials; look at HOLDFAST_EVENT_STORE', engine);
    case ErrorType.NOT_LEADER:
      return storeUnavailable('this node is not the leader', engine);
    default:
      return storeUnavailable(engine.message, engine);
  }
}

/** What the engine says where it is not the leader: who is. */
export const isNotLeader = (error: unknown): boolean =>
  isDomainError(error) && (error.cause as Partial<EngineError> | undefined)?.type === ErrorType.NOT_LEADER;
