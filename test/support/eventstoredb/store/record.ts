import { crc32 } from 'node:zlib';

/** One event as it lies in the log. */
export interface StoredRecord {
  readonly stream: string;
  readonly revision: bigint;
  /** 16 bytes. */
  readonly id: Uint8Array;
  readonly type: string;
  readonly isJson: boolean;
  /** 100 ns ticks since the Unix epoch. */
  readonly createdTicks: bigint;
  readonly data: Uint8Array;
  readonly metadata: Uint8Array;
  /** Whether the append it came with ends here. An append without its end was never acknowledged. */
  readonly endsAppend: boolean;
}

/** `length u32 · crc32 u32`, both of the body that follows. */
export const headBytes = 8;
const fixedBytes = 1 + 16 + 8 + 8 + 4 + 4 + 4;
/** More than the largest append that is accepted; a longer record is a torn or foreign one. */
export const longestBody = 20 * 1024 * 1024;

const flagJson = 1;
const flagEnd = 2;

export function encodeRecord(record: StoredRecord): Buffer {
  const stream = Buffer.from(record.stream);
  const type = Buffer.from(record.type);
  const { data, metadata } = record;
  const length = fixedBytes + stream.length + type.length + data.length + metadata.length;
  const bytes = Buffer.allocUnsafe(headBytes + length);
  bytes.writeUInt32LE(length, 0);
  let at = headBytes;
  at = bytes.writeUInt8((record.isJson ? flagJson : 0) | (record.endsAppend ? flagEnd : 0), at);
  bytes.set(record.id, at);
  at = bytes.writeBigUInt64LE(record.revision, at + 16);
  at = bytes.writeBigUInt64LE(record.createdTicks, at);
  at = bytes.writeUInt32LE(stream.length, at);
  at = bytes.writeUInt32LE(type.length, at);
  at = bytes.writeUInt32LE(data.length, at);
  for (const part of [stream, type, data, metadata]) {
    bytes.set(part, at);
    at += part.length;
  }
  bytes.writeUInt32LE(crc32(bytes.subarray(headBytes)), 4);
  return bytes;
}

/** `bytes` from the head on, at least as long as its head says. The checksum is the caller's matter: see {@link isWhole}. */
export function decodeRecord(bytes: Buffer): StoredRecord {
  const end = headBytes + bytes.readUInt32LE(0);
  const flags = bytes.readUInt8(headBytes);
  let at = headBytes + 1;
  const id = bytes.subarray(at, (at += 16));
  const revision = bytes.readBigUInt64LE(at);
  const createdTicks = bytes.readBigUInt64LE(at + 8);
  const lengths = [16, 20, 24].map((offset) => bytes.readUInt32LE(at + offset)) as [number, number, number];
  at += 28;
  const [stream, type, data] = lengths.map((length) => bytes.subarray(at, (at += length))) as [
    Buffer,
    Buffer,
    Buffer,
  ];
  return {
    stream: stream.toString(),
    revision,
    id,
    type: type.toString(),
    isJson: (flags & flagJson) !== 0,
    createdTicks,
    data,
    metadata: bytes.subarray(at, end),
    endsAppend: (flags & flagEnd) !== 0,
  };
}

/** Whether a whole record with a right checksum begins here. */
export function isWhole(bytes: Buffer): boolean {
  if (bytes.length < headBytes) return false;
  const length = bytes.readUInt32LE(0);
  if (length < fixedBytes || length > longestBody || bytes.length < headBytes + length) return false;
  return crc32(bytes.subarray(headBytes, headBytes + length)) === bytes.readUInt32LE(4);
}
