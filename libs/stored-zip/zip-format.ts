/**
 * The one kind of zip that evidence travels in (APPNOTE 6.3.10): every entry stored, one after another without a gap from the first byte on, names in
 * UTF-8, then the central directory, then its end, without comments. What is known only after an entry was streamed follows it in a data
 * descriptor. Anything else is refused, so that every reader sees the same files.
 */
export interface ZipEntry {
  readonly name: string;
  readonly sizeBytes: number;
  /** As in `st_mode`: a regular file. */
  readonly mode: number;
  /** Of the first byte of its local header. */
  readonly offset: number;
  readonly crc: number;
  /** True where sizes and sum follow the bytes; else they stand in front. */
  readonly described: boolean;
}

export const localHeaderBytes = 30;
export const centralHeaderBytes = 46;
export const endBytes = 22;
export const end64Bytes = 56;
export const locatorBytes = 20;

export const signatures = {
  local: 0x04034b50,
  descriptor: 0x08074b50,
  central: 0x02014b50,
  end: 0x06054b50,
  end64: 0x06064b50,
  locator: 0x07064b50,
} as const;

const largest32 = 0xfffffffe;
const extra64Bytes = 28;
/** 1980-01-01 00:00, the earliest a zip can say: members have no time of their own. */
const dosDate = 0x21;
/** Made on Unix, so that modes count; by a writer of version 6.3. */
const madeBy = (3 << 8) | 63;
const utf8 = 0x0800;
const descriptorFollows = 0x0008;

/** Whether its sizes or place need 64 bits. */
export const isLarge = ({ sizeBytes, offset }: Pick<ZipEntry, 'sizeBytes' | 'offset'>): boolean =>
  sizeBytes > largest32 || offset > largest32;

export const descriptorBytes = (entry: ZipEntry): number => (!entry.described ? 0 : isLarge(entry) ? 24 : 16);

/** Bytes of the entry with what stands before and after it. */
export const spanOf = (entry: ZipEntry): number =>
  localHeaderBytes + Buffer.byteLength(entry.name) + entry.sizeBytes + descriptorBytes(entry);

const flagsOf = ({ described }: ZipEntry): number => utf8 | (described ? descriptorFollows : 0);
const versionOf = (entry: ZipEntry): number => (isLarge(entry) ? 45 : 20);

export function localHeader(entry: ZipEntry): Buffer {
  const name = Buffer.from(entry.name);
  const header = Buffer.alloc(localHeaderBytes + name.length);
  header.writeUInt32LE(signatures.local, 0);
  header.writeUInt16LE(20, 4);
  header.writeUInt16LE(flagsOf(entry), 6);
  header.writeUInt16LE(dosDate, 12);
  if (!entry.described) {
    header.writeUInt32LE(entry.crc, 14);
    header.writeUInt32LE(entry.sizeBytes, 18);
    header.writeUInt32LE(entry.sizeBytes, 22);
  }
  header.writeUInt16LE(name.length, 26);
  name.copy(header, localHeaderBytes);
  return header;
}

export function descriptor(entry: ZipEntry): Buffer {
  const bytes = Buffer.alloc(descriptorBytes(entry));
  if (bytes.length === 0) return bytes;
  bytes.writeUInt32LE(signatures.descriptor, 0);
  bytes.writeUInt32LE(entry.crc, 4);
  if (bytes.length === 16) {
    bytes.writeUInt32LE(entry.sizeBytes, 8);
    bytes.writeUInt32LE(entry.sizeBytes, 12);
  } else {
    bytes.writeBigUInt64LE(BigInt(entry.sizeBytes), 8);
    bytes.writeBigUInt64LE(BigInt(entry.sizeBytes), 16);
  }
  return bytes;
}

export function centralHeader(entry: ZipEntry): Buffer {
  const name = Buffer.from(entry.name);
  const large = isLarge(entry);
  const header = Buffer.alloc(centralHeaderBytes + name.length + (large ? extra64Bytes : 0));
  header.writeUInt32LE(signatures.central, 0);
  header.writeUInt16LE(madeBy, 4);
  header.writeUInt16LE(versionOf(entry), 6);
  header.writeUInt16LE(flagsOf(entry), 8);
  header.writeUInt16LE(dosDate, 14);
  header.writeUInt32LE(entry.crc, 16);
  header.writeUInt32LE(large ? 0xffffffff : entry.sizeBytes, 20);
  header.writeUInt32LE(large ? 0xffffffff : entry.sizeBytes, 24);
  header.writeUInt16LE(name.length, 28);
  header.writeUInt16LE(large ? extra64Bytes : 0, 30);
  header.writeUInt32LE(entry.mode * 0x10000, 38);
  header.writeUInt32LE(large ? 0xffffffff : entry.offset, 42);
  name.copy(header, centralHeaderBytes);
  if (!large) return header;
  const at = centralHeaderBytes + name.length;
  header.writeUInt16LE(1, at);
  header.writeUInt16LE(extra64Bytes - 4, at + 2);
  header.writeBigUInt64LE(BigInt(entry.sizeBytes), at + 4);
  header.writeBigUInt64LE(BigInt(entry.sizeBytes), at + 12);
  header.writeBigUInt64LE(BigInt(entry.offset), at + 20);
  return header;
}

export interface Directory {
  readonly entries: number;
  readonly offset: number;
  readonly sizeBytes: number;
}

const needs64 = ({ entries, offset, sizeBytes }: Directory): boolean =>
  entries >= 0xffff || offset > largest32 || sizeBytes > largest32;

/** What follows the central directory. */
export function endOf(directory: Directory): Buffer {
  const { entries, offset, sizeBytes } = directory;
  const large = needs64(directory);
  const end = Buffer.alloc(endBytes);
  end.writeUInt32LE(signatures.end, 0);
  end.writeUInt16LE(large ? 0xffff : entries, 8);
  end.writeUInt16LE(large ? 0xffff : entries, 10);
  end.writeUInt32LE(large ? 0xffffffff : sizeBytes, 12);
  end.writeUInt32LE(large ? 0xffffffff : offset, 16);
  if (!large) return end;
  const end64 = Buffer.alloc(end64Bytes);
  end64.writeUInt32LE(signatures.end64, 0);
  end64.writeBigUInt64LE(BigInt(end64Bytes - 12), 4);
  end64.writeUInt16LE(madeBy, 12);
  end64.writeUInt16LE(45, 14);
  end64.writeBigUInt64LE(BigInt(entries), 24);
  end64.writeBigUInt64LE(BigInt(entries), 32);
  end64.writeBigUInt64LE(BigInt(sizeBytes), 40);
  end64.writeBigUInt64LE(BigInt(offset), 48);
  const locator = Buffer.alloc(locatorBytes);
  locator.writeUInt32LE(signatures.locator, 0);
  locator.writeBigUInt64LE(BigInt(offset + sizeBytes), 8);
  locator.writeUInt32LE(1, 16);
  return Buffer.concat([end64, locator, end]);
}
