import { DomainError, type JsonObject } from '#kernel';
import { decodeEnvelope, encodeEnvelope, type EventMetadata } from './envelope.js';

/** Brings data of one version to the next. Pure and total over what that version could hold. */
export type Upcast = (data: JsonObject) => JsonObject;

/** What is known of one event type: its present version, and how older data becomes the next version's. */
export type EventSchema = { readonly version: number; readonly upcasts?: Readonly<Record<number, Upcast>> };

export type Decoded<Event> = { readonly event: Event; readonly metadata: EventMetadata };

/** An event's data in the present version of its type. */
export type Present = { readonly data: JsonObject; readonly metadata: EventMetadata };

/** Stored bytes to domain events and back, for one kind of stream. */
export interface EventCodec<Event extends { readonly type: string }> {
  /** The present version of every type. */
  readonly versions: Readonly<Record<Event['type'], number>>;
  encode(event: Event, metadata: Omit<EventMetadata, 'schemaVersion'>): Uint8Array;
  /**
   * @throws UNKNOWN_EVENT (unavailable) for a type or version that this release does not know: the reader stops there
   * and stays unready, losing nothing
   */
  decode(type: string, bytes: Uint8Array): Decoded<Event>;
  /** The same without an object of its own for the event; for reading only. @throws as `decode` */
  read(type: string, bytes: Uint8Array): Present;
}

/** A codec from a table that must name every type of the union. */
export function eventCodec<Event extends { readonly type: string }>(
  schemas: Readonly<Record<Event['type'], EventSchema>>,
): EventCodec<Event> {
  const schemaOf = (type: string): EventSchema => {
    if (!Object.hasOwn(schemas, type)) throw unknown(type, 'type');
    return schemas[type as Event['type']];
  };
  const versions = Object.fromEntries(
    Object.entries<EventSchema>(schemas).map(([type, { version }]) => [type, version]),
  ) as Record<Event['type'], number>;

  function read(type: string, bytes: Uint8Array): Present {
    const schema = schemaOf(type);
    const envelope = decodeEnvelope(bytes);
    const { metadata } = envelope;
    if (metadata.schemaVersion === schema.version) return envelope;
    if (metadata.schemaVersion > schema.version || metadata.schemaVersion < 1) {
      throw unknown(type, `version ${metadata.schemaVersion}`);
    }
    let { data } = envelope;
    for (let version = metadata.schemaVersion; version < schema.version; version++) {
      const upcast = schema.upcasts?.[version];
      if (upcast === undefined) throw unknown(type, `version ${version}`);
      data = upcast(data);
    }
    return { data, metadata };
  }

  return {
    versions,
    encode({ type, ...data }, metadata) {
      const schemaVersion = schemaOf(type).version;
      return encodeEnvelope({ metadata: { ...metadata, schemaVersion }, data: data as JsonObject });
    },
    decode(type, bytes) {
      const { data, metadata } = read(type, bytes);
      return { event: { ...data, type } as unknown as Event, metadata };
    },
    read,
  };
}

const unknown = (type: string, what: string): DomainError =>
  new DomainError('unavailable', 'UNKNOWN_EVENT', `event ${type}: this release does not know its ${what}`, {
    facts: { type },
  });
