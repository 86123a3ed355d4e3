import { DomainError, type JsonObject } from '#kernel';
import { decodeEnvelope, encodeEnvelope, type EventMetadata } from './envelope.js';

/** Brings data of one version to the next. Pure and total over what that version could hold. */
export type Upcast = (data: JsonObject) => JsonObject;

/** What is known of one event type, by the number of a version. */
export type EventSchema = {
  /** The present version: what the domain says. */
  readonly version: number;
  /** Of data of this version to the next. */
  readonly upcasts?: Readonly<Record<number, Upcast>>;
  /** From which `write-schema` on this version is written; a version that is not named, always. */
  readonly since?: Readonly<Record<number, number>>;
  /** Of data of this version to the one before, for as long as it is not written; may lose what that could not hold. */
  readonly downcasts?: Readonly<Record<number, Upcast>>;
};

export type Decoded<Event> = { readonly event: Event; readonly metadata: EventMetadata };

/** An event's data in the present version of its type. */
export type Present = { readonly data: JsonObject; readonly metadata: EventMetadata };

/** Stored bytes to domain events and back, for one kind of stream. */
export interface EventCodec<Event extends { readonly type: string }> {
  /** The present version of every type. */
  readonly versions: Readonly<Record<Event['type'], number>>;
  /**
   * The newest version that `writeSchema` allows.
   * @throws NOT_WRITTEN_YET (rule) when it allows none: the type is younger, or there is no way down
   */
  writtenVersion(type: string, writeSchema: number): number;
  /** @param version default the present one; @throws NOT_WRITTEN_YET when there is no way down to it */
  encode(event: Event, metadata: Omit<EventMetadata, 'schemaVersion'>, version?: number): Uint8Array;
  /** What readers will make of an event that is written in this version: less, where that holds less. */
  asWritten(event: Event, version: number): Event;
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

  function up(type: string, from: number, given: JsonObject): JsonObject {
    const { version: present, upcasts } = schemaOf(type);
    if (from > present || from < 1) throw unknown(type, `version ${from}`);
    let data = given;
    for (let version = from; version < present; version++) {
      const upcast = upcasts?.[version];
      if (upcast === undefined) throw unknown(type, `version ${version}`);
      data = upcast(data);
    }
    return data;
  }

  function down(type: string, to: number, given: JsonObject): JsonObject {
    const { version: present, downcasts } = schemaOf(type);
    let data = given;
    for (let version = present; version > to; version--) {
      const downcast = downcasts?.[version];
      if (downcast === undefined) throw notYet(type);
      data = downcast(data);
    }
    return data;
  }

  function read(type: string, bytes: Uint8Array): Present {
    const envelope = decodeEnvelope(bytes);
    const { metadata } = envelope;
    if (metadata.schemaVersion === schemaOf(type).version) return envelope;
    return { data: up(type, metadata.schemaVersion, envelope.data), metadata };
  }

  return {
    versions,
    writtenVersion(type, writeSchema) {
      const { version: present, since, downcasts } = schemaOf(type);
      let version = present;
      while ((since?.[version] ?? 1) > writeSchema) {
        if (downcasts?.[version] === undefined) throw notYet(type);
        version--;
      }
      return version;
    },
    encode({ type, ...data }, metadata, schemaVersion = schemaOf(type).version) {
      return encodeEnvelope({
        metadata: { ...metadata, schemaVersion },
        data: down(type, schemaVersion, data as JsonObject),
      });
    },
    asWritten(event, version) {
      const { type, ...data } = event;
      if (version === schemaOf(type).version) return event;
      return { ...up(type, version, down(type, version, data as JsonObject)), type } as unknown as Event;
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

const notYet = (type: string): DomainError =>
  new DomainError(
    'rule',
    'NOT_WRITTEN_YET',
    `event ${type} is not written yet: readers of the release before may still run. Raise HOLDFAST_WRITE_SCHEMA when every service is of this release`,
    { facts: { type } },
  );
