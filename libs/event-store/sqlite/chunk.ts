import type { StreamId } from '#kernel';
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

export interface Row {
  readonly seq: number;
  readonly stream: string;
  readonly revision: number;
  readonly eventId: Uint8Array;
  readonly type: string;
  readonly bytes: Uint8Array;
}

export function packer() {
  const rows: Row[] = [];
  let sizeBytes = 0;
  return {
    add(row: Row): void {
      rows.push(row);
      sizeBytes += row.bytes.length;
    },
    sizeBytes: () => sizeBytes,
    count: () => rows.length,
    close(end: boolean): Chunk {
      const bytes = new Uint8Array(sizeBytes);
      const ends = new Float64Array(rows.length);
      let at = 0;
      for (const [i, row] of rows.entries()) {
        bytes.set(row.bytes, at);
        ends[i] = at += row.bytes.length;
      }
      return {
        seqs: Float64Array.from(rows, ({ seq }) => seq),
        revisions: Float64Array.from(rows, ({ revision }) => revision),
        streams: rows.map(({ stream }) => stream),
        types: rows.map(({ type }) => type),
        eventIds: Buffer.concat(rows.map(({ eventId }) => eventId)).toString('hex'),
        ends,
        bytes,
        end,
      };
    },
  };
}

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
