import { DomainError, isInstant, type Instant, type Json, type JsonObject, type SealedText } from '#kernel';
import { canonicalBytes } from '#evidence';

/** Who did something: a random pseudonym; names live in a directory that can forget. */
export type Actor = {
  readonly id: string;
  readonly type: 'person' | 'service' | 'executor';
  readonly roles: readonly string[];
};

/** Who, when, why and by what cause; recorded with every event. */
export type EventMetadata = {
  readonly actor: Actor;
  /** Why; mandatory on change, cancel and override. Sealed where a person gave it; plain of services, and where an older release wrote. */
  readonly reason?: string | SealedText;
  /** Ties everything that one request set off. */
  readonly correlationId: string;
  /** Id of the event that set this one off. */
  readonly causationId?: string;
  /** By the clock of the instance that wrote it, just before it did. */
  readonly recordedAt: Instant;
  /** When the command was first received; absent where that is `recordedAt`. */
  readonly receivedAt?: Instant;
  /** One start of one service, at random; absent where an older release wrote. */
  readonly instance?: string;
  /**
   * Counts the appends of that instance as it made them. Appends overtake each other, so an instance's times are in this order and only
   * roughly in that of the store.
   */
  readonly instanceOrder?: number;
  readonly service: string;
  readonly serviceVersion: string;
  /** Version of `data` for this event type, from 1. */
  readonly schemaVersion: number;
};

export type Envelope = { readonly metadata: EventMetadata; readonly data: JsonObject };

/** The exact bytes that are stored and hashed: canonical JSON of `{metadata, data}`. */
export const encodeEnvelope = (envelope: Envelope): Uint8Array => canonicalBytes(envelope as unknown as Json);

/** Bytes of events after which what was parsed before them is forgotten, and they with the next ones. */
const keptBytes = 512 * 1024;

/**
 * Stored bytes never change, so whoever is given the same ones is given the same envelope: an event that was just appended is parsed once
 * for all its readers. Not a `WeakMap`: while history is read, nearly all the time that the collector needs would go into it.
 */
let young = new Map<Uint8Array, Envelope>();
let old = young;
let youngBytes = 0;

/**
 * Reads stored bytes, which were written canonical by us, so `JSON.parse` suffices; what cannot be read is damage. The envelope is for
 * reading only: others may have the same one.
 * @throws EVENT_CORRUPT
 */
export function decodeEnvelope(bytes: Uint8Array): Envelope {
  const before = young.get(bytes) ?? old.get(bytes);
  if (before !== undefined) return before;
  const envelope = parse(bytes);
  if (youngBytes >= keptBytes) {
    [old, young] = [young, new Map()];
    youngBytes = 0;
  }
  young.set(bytes, envelope);
  youngBytes += bytes.length;
  return envelope;
}

function parse(bytes: Uint8Array): Envelope {
  let envelope: Partial<Envelope> | null;
  try {
    envelope = JSON.parse(decoder.decode(bytes)) as Partial<Envelope> | null;
  } catch (cause) {
    throw corrupt('the bytes are not JSON', cause);
  }
  const { metadata, data } = envelope ?? {};
  if (!isObject(data)) throw corrupt('data is missing');
  if (!isInstant(metadata?.recordedAt) || typeof metadata.actor?.id !== 'string')
    throw corrupt('metadata is missing');
  if (!Number.isSafeInteger(metadata.schemaVersion)) throw corrupt('the schema version is missing');
  return { metadata, data };
}

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const decoder = new TextDecoder('utf-8', { fatal: true });

const corrupt = (what: string, cause?: unknown): DomainError =>
  new DomainError('integrity', 'EVENT_CORRUPT', `a stored event cannot be read: ${what}`, { cause });
