import { DomainError, type StreamId } from '#kernel';
import type { StoredEvent } from '../event-store.js';
import { position } from './positions.js';

/** Rows as they cross from the reading thread: flat lists and one piece of bytes, instead of objects for each event. */
export interface Chunk {
  readonly seqs: Float64Array;
  readonly revisions: Float64Array;
  readonly streams: readonly string[];
  readonly types: readonly string[];
  /** 32 hexadecimal digits each. */
  readonly eventIds: string;
  /** Where the bytes of each event end. */
  readonly ends: Float64Array;
  readonly bytes: Uint8Array;
  /** Nothing more up to `upTo`. */
  readonly end: boolean;
}

/** Null where a name is missing. */
export type Fact = string | number | null;

/** As the reading thread finds them. */
export interface FoundRows {
  readonly count: number;
  /** Six of each event, one after another: seq, revision, bytes of its size, id in hexadecimal, type, stream. */
  readonly facts: readonly Fact[];
  /** Of all of them. */
  readonly bytes: Uint8Array;
  readonly end: boolean;
}

/** @throws STORE_CORRUPT when something of an event is missing, or a name is none */
export function chunkOf({ count, facts, bytes, end }: FoundRows): Chunk {
  if (facts.length !== 6 * count || facts.includes(null)) throw corrupt();
  const [seqs, revisions, ends] = [new Float64Array(count), new Float64Array(count), new Float64Array(count)];
  const streams: string[] = [];
  const types: string[] = [];
  let ids = '';
  for (let i = 0, at = 0, size = 0; i < count; i++) {
    seqs[i] = Number(facts[at++]);
    revisions[i] = Number(facts[at++]);
    ends[i] = size += Number(facts[at++]);
    ids += facts[at++] as string;
    types.push(facts[at++] as string);
    streams.push(facts[at++] as string);
  }
  return { seqs, revisions, streams, types, eventIds: ids.toLowerCase(), ends, bytes, end };
}

const corrupt = (): DomainError =>
  new DomainError('integrity', 'STORE_CORRUPT', 'an event refers to what is not there; restore a backup');

/** The events of a chunk; their bytes are views into its own. */
export function unpack({ seqs, revisions, streams, types, eventIds, ends, bytes }: Chunk): StoredEvent[] {
  return streams.map((stream, i) => ({
    eventId: uuid(eventIds, i * 32),
    type: types[i] as string,
    bytes: bytes.subarray(i === 0 ? 0 : ends[i - 1], ends[i]),
    stream: stream as StreamId,
    revision: revisions[i] as number,
    position: position(seqs[i] as number),
  }));
}

const uuid = (hex: string, at: number): string =>
  `${hex.slice(at, at + 8)}-${hex.slice(at + 8, at + 12)}-${hex.slice(at + 12, at + 16)}-${hex.slice(at + 16, at + 20)}-${hex.slice(at + 20, at + 32)}`;
