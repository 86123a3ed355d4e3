import { open, stat } from 'node:fs/promises';
import { DomainError } from '#kernel';
import { localHeader, openZip, type ZipCargo, type ZipEntry, type ZipPart } from '#stored-zip';
import { names } from './manifest.js';

/** A file that is, byte for byte, the zip that is written for its members. */
export interface ExportZip {
  readonly entries: ReadonlyMap<string, ZipEntry>;
  /** @throws EXPORT_INVALID when it is missing, or at its end, when its checksum is another */
  read(name: string): AsyncGenerator<Buffer, void>;
  /** @throws EXPORT_INVALID as well when it is larger than `maxBytes` */
  readWhole(name: string, maxBytes: number): Promise<Buffer>;
  close(): void;
}

export const exportInvalid = (field: string, message: string): DomainError =>
  new DomainError('integrity', 'EXPORT_INVALID', field === '' ? message : `${field}: ${message}`, {
    problems: [{ code: 'EXPORT_INVALID', field, message }],
  });

const cargo: ZipCargo = {
  noun: 'export',
  invalid: (message, entry = '') => exportInvalid(entry, message),
  unreadable: (kind, message) => new DomainError(kind, 'EXPORT_UNREADABLE', message),
};

const allowed: ReadonlySet<string> = new Set(Object.values(names));
const limits = { entries: allowed.size, directoryBytes: 64 * 1024 };
const mode = 0o100644;

/** A member on its way into an export; how long it is turns out at its end. */
export const exportMember = (name: string, bytes: AsyncIterable<Uint8Array>): ZipPart => ({
  ...{ name, mode, content: () => bytes },
});

/**
 * Opens a file from a hostile source. Names, order, offsets and every byte between the members must be those that a writer gives to
 * these members, so nothing can hide in it; nothing expands.
 * @throws EXPORT_INVALID; EXPORT_UNREADABLE when there is no file to read
 */
export async function openExportZip(path: string): Promise<ExportZip> {
  const zip = await openZip(path, limits, cargo);
  const strange = [...zip.entries.values()].find(
    (entry) => !allowed.has(entry.name) || entry.mode !== mode || !entry.described,
  );
  if (strange !== undefined) {
    zip.close();
    throw exportInvalid(strange.name, 'is nothing that an export holds');
  }
  function read(name: string): AsyncGenerator<Buffer, void> {
    const entry = zip.entries.get(name);
    if (entry === undefined) throw exportInvalid(name, 'is missing');
    return zip.read(entry);
  }
  return {
    entries: zip.entries,
    read,
    async readWhole(name, maxBytes) {
      if ((zip.entries.get(name)?.sizeBytes ?? 0) > maxBytes)
        throw exportInvalid(name, `has more than ${maxBytes} bytes`);
      return Buffer.concat(await Array.fromAsync(read(name)));
    },
    close: () => zip.close(),
  };
}

/** Whether a file begins as exports do and bundles do not; false where there is none. */
export async function isExport(path: string): Promise<boolean> {
  const begin = localHeader({
    ...{ name: names.events, mode, described: true, sizeBytes: 0, offset: 0, crc: 0 },
  });
  // A pipe would wait for whoever writes into it.
  const isFile = await stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
  const file = isFile ? await open(path).catch(() => undefined) : undefined;
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
