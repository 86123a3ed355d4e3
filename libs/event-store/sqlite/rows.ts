import type { StreamId } from '#kernel';

/** One append as it goes to the writing thread. */
export interface AppendCall {
  readonly stream: StreamId;
  /** −1 when the stream must not exist. */
  readonly expected: number;
  readonly events: readonly { readonly eventId: string; readonly type: string; readonly bytes: Uint8Array }[];
}

/** Of the last event; a repeat gets the first one's. */
export interface Appended {
  readonly revision: number;
  readonly seq: number;
}

/** One read of one chunk: of a stream by revision, or of everything by sequence number. */
export interface ReadCall {
  readonly stream?: string;
  readonly kinds?: readonly string[];
  readonly from: number;
  /** Inclusive; a sequence number in both cases. */
  readonly upTo: number;
  readonly limit: number;
}

/** A chunk ends with whichever comes first. */
export const chunkEvents = 250;
export const chunkBytes = 2 ** 20;

export const uuidToBytes = (uuid: string): Uint8Array => Buffer.from(uuid.replaceAll('-', ''), 'hex');
