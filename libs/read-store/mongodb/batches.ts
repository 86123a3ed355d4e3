import { randomUUID } from 'node:crypto';
import { Binary, BSON, type Db } from 'mongodb';
import { DomainError } from '#kernel';
import type { Lease } from '../read-store.js';
import type { Row } from './rows.js';

/** A batch as its head holds it: whole, or where its parts are. */
export interface StoredBatch {
  readonly bytes?: Binary;
  readonly id?: string;
  readonly parts?: number;
}

interface Part {
  readonly _id: string;
  readonly batch: string;
  /** The collection of rows it is meant for, and who made it. */
  readonly of: string;
  readonly lease: string;
  readonly token: number;
  readonly bytes: Binary;
}

/** Bytes of a batch that lies in its head; MongoDB's documents have at most 16 MiB. */
const mostInHead = 2 ** 20;
/** Characters of documents that may still come to as few bytes. */
const mostToTry = 2 * mostInHead;
const mostInPart = 15 * 2 ** 20;

export interface Batches {
  /** What a head is to hold of these rows; parts are stored before. @throws DOCUMENT_TOO_LARGE */
  store(rows: readonly Row[], collection: string, lease: Lease): Promise<StoredBatch>;
  /** Undefined when parts are missing. */
  load(batch: StoredBatch): Promise<readonly Row[] | undefined>;
  forget(batch: StoredBatch): Promise<void>;
  /** What older holders of a lease left, who cannot commit any more, apart from what they have committed. */
  forgetOlder(lease: Lease, committed: readonly StoredBatch[]): Promise<void>;
  forgetAllOf(collection: string): Promise<void>;
}

const idsOf = (id: string, parts: number): string[] => Array.from({ length: parts }, (_, i) => `${id}:${i}`);

export function openBatches(db: Db): Batches {
  const parts = db.collection<Part>('_parts');
  return {
    async store(rows, of, { name, token }) {
      if (rows.reduce((sum, { r }) => sum + (r.json?.length ?? 0), 0) <= mostToTry) {
        const bytes = encode(rows);
        if (bytes.length() <= mostInHead) return { bytes };
      }
      const [batch, pieces] = [String(randomUUID()), pack(rows)];
      const ids = idsOf(batch, pieces.length);
      for (const [i, piece] of pieces.entries())
        await parts.insertOne({ _id: ids[i] as string, batch, of, lease: name, token, bytes: encode(piece) });
      return { id: batch, parts: pieces.length };
    },

    async load(batch) {
      if (batch.bytes) return decode(batch.bytes);
      const ids = idsOf(batch.id ?? '', batch.parts ?? 0);
      const found = await parts.find({ _id: { $in: ids } }).toArray();
      return found.length < ids.length ? undefined : found.flatMap(({ bytes }) => decode(bytes));
    },

    async forget(batch) {
      if (batch.id !== undefined) await parts.deleteMany({ batch: batch.id });
    },
    async forgetOlder({ name, token }, committed) {
      const kept = committed.flatMap((batch) => batch.id ?? []);
      await parts.deleteMany({ lease: name, token: { $lt: token }, batch: { $nin: kept } });
    },
    async forgetAllOf(of) {
      await parts.deleteMany({ of });
    },
  };
}

const encode = (rows: readonly Row[]): Binary => new Binary(BSON.serialize({ rows }));
const decode = ({ buffer }: Binary): readonly Row[] => (BSON.deserialize(buffer) as { rows: Row[] }).rows;

function sizeOf(row: Row): number {
  const size = BSON.calculateObjectSize(row);
  if (size <= mostInPart) return size;
  const message = `document ${row._id.slice(0, 100)} takes ${size} bytes with its keys; MongoDB stores ${mostInPart} here`;
  throw new DomainError('invalid', 'DOCUMENT_TOO_LARGE', message);
}

function pack(rows: readonly Row[]): Row[][] {
  const pieces: Row[][] = [[]];
  let filled = 0;
  for (const row of rows) {
    const size = sizeOf(row);
    if (filled > 0 && filled + size > mostInPart) {
      pieces.push([]);
      filled = 0;
    }
    pieces.at(-1)?.push(row);
    filled += size;
  }
  return pieces;
}
