import { open, type FileHandle } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { DomainError } from '#kernel';
import { names } from './manifest.js';
import { centralHeader, descriptor, localHeader, zipEnd, type ZipEntry } from './zip-records.js';

/** A file that is, byte for byte, the zip that is written for its members. */
export interface ExportZip {
  readonly entries: ReadonlyMap<string, ZipEntry>;
  /** @throws EXPORT_INVALID when it is missing, or at its end, when its checksum is another */
  read(name: string): AsyncGenerator<Buffer>;
  /** @throws EXPORT_INVALID as well when it is larger than `maxBytes` */
  readWhole(name: string, maxBytes: number): Promise<Buffer>;
  close(): Promise<void>;
}

export const exportInvalid = (field: string, message: string): DomainError =>
  new DomainError('integrity', 'EXPORT_INVALID', field === '' ? message : `${field}: ${message}`, {
    problems: [{ code: 'EXPORT_INVALID', field, message }],
  });

const allowed: ReadonlySet<string> = new Set(Object.values(names));
const pieceBytes = 256 * 1024;

/**
 * Opens a file from a hostile source. Names, order, offsets and every byte between the members must be those that a writer gives to
 * these members, so nothing can hide in it; nothing expands.
 * @throws EXPORT_INVALID; EXPORT_UNREADABLE when there is no file to read
 */
export async function openExportZip(path: string): Promise<ExportZip> {
  const file = await openFile(path);
  try {
    const entries = await readEntries(file);
    async function* read(name: string): AsyncGenerator<Buffer> {
      const entry = entries.get(name);
      if (entry === undefined) throw exportInvalid(name, 'is missing');
      const begin = entry.offset + localHeader(entry.path).length;
      let crc = 0;
      for (let at = 0; at < entry.size;) {
        const piece = await readAt(file, begin + at, Math.min(pieceBytes, entry.size - at));
        crc = crc32(piece, crc);
        at += piece.length;
        yield piece;
      }
      if (crc !== entry.crc) throw exportInvalid(name, 'its bytes are damaged: the checksum is another');
    }
    return {
      entries,
      read,
      async readWhole(name, maxBytes) {
        if ((entries.get(name)?.size ?? 0) > maxBytes)
          throw exportInvalid(name, `has more than ${maxBytes} bytes`);
        return Buffer.concat(await Array.fromAsync(read(name)));
      },
      close: () => file.close(),
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** Whether a file begins as exports do and bundles do not; false where there is none. */
export async function isExport(path: string): Promise<boolean> {
  const begin = localHeader(Buffer.from(names.events));
  const file = await open(path).catch(() => undefined);
  if (file === undefined) return false;
  try {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(begin.length), 0, begin.length, 0);
    const [mark, name] = [begin.subarray(0, 4), names.events];
    return bytesRead === begin.length && buffer.subarray(0, 4).equals(mark) && buffer.includes(name);
  } catch {
    return false;
  } finally {
    await file.close();
  }
}

async function openFile(path: string): Promise<FileHandle> {
  try {
    const file = await open(path);
    if ((await file.stat()).isFile()) return file;
    await file.close();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const kind = code === 'ENOENT' ? 'not-found' : 'invalid';
    throw new DomainError(
      kind,
      'EXPORT_UNREADABLE',
      `${path}: ${code === 'ENOENT' ? 'there is no such file' : message}`,
    );
  }
  throw new DomainError('invalid', 'EXPORT_UNREADABLE', `${path}: is no file`);
}

async function readAt(file: FileHandle, at: number, length: number): Promise<Buffer> {
  const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(length), 0, length, at);
  if (bytesRead === 0) throw exportInvalid('', 'the file became shorter while it was read');
  return buffer.subarray(0, bytesRead);
}

const notWritten = () =>
  exportInvalid('', 'is not as exports are written: changed, cut off, or packed by something else');
const mostDirectoryBytes = 64 * 1024;

/** What the end of the file claims is rendered again and compared, record by record. */
async function readEntries(file: FileHandle): Promise<Map<string, ZipEntry>> {
  const { size } = await file.stat();
  const endBytes = zipEnd(0, 0, 0).length;
  if (size < endBytes) throw notWritten();
  const end = await readAt(file, size - endBytes, endBytes);
  const [count, directoryBytes, offset] = [
    end.readUIntLE(32, 6),
    end.readUIntLE(40, 6),
    end.readUIntLE(48, 6),
  ];
  if (count > allowed.size || directoryBytes > mostDirectoryBytes) throw notWritten();
  if (offset + directoryBytes + endBytes !== size || !end.equals(zipEnd(count, directoryBytes, offset)))
    throw notWritten();
  const directory = await readAt(file, offset, directoryBytes);
  const entries = new Map<string, ZipEntry>();
  let [at, next] = [0, 0];
  for (let i = 0; i < count; i++) {
    const entry = entryAt(directory, at);
    const header = centralHeader(entry);
    if (entry.offset !== next || !directory.subarray(at, at + header.length).equals(header))
      throw notWritten();
    const name = entry.path.toString();
    if (!allowed.has(name) || entries.has(name))
      throw exportInvalid(name, 'is nothing that an export holds, or is there twice');
    next = await checkFrame(file, entry);
    at += header.length;
    entries.set(name, entry);
  }
  if (at !== directory.length || next !== offset) throw notWritten();
  return entries;
}

function entryAt(directory: Buffer, at: number): ZipEntry {
  if (at + 46 > directory.length) throw notWritten();
  const nameBytes = directory.readUInt16LE(at + 28);
  const extra = at + 46 + nameBytes;
  if (nameBytes > 100 || extra + 28 > directory.length) throw notWritten();
  return {
    path: directory.subarray(at + 46, extra),
    crc: directory.readUInt32LE(at + 16),
    size: directory.readUIntLE(extra + 4, 6),
    offset: directory.readUIntLE(extra + 20, 6),
  };
}

/** Header and sizes of a member. Answers where it ends. */
async function checkFrame(file: FileHandle, entry: ZipEntry): Promise<number> {
  const [header, sizes] = [localHeader(entry.path), descriptor(entry)];
  const after = entry.offset + header.length + entry.size;
  const before = await readAt(file, entry.offset, header.length);
  const behind = await readAt(file, after, sizes.length);
  if (!before.equals(header) || !behind.equals(sizes)) throw notWritten();
  return after + sizes.length;
}
