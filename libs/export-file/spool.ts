import { write as writeTo } from 'node:fs';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ahead } from '#stored-zip';
import type { Pieces } from './pieces.js';

const pieceBytes = 256 * 1024;

/** What is written now and read once later; no memory is held for it. */
export interface Spool {
  /** Of the whole process: its threads may write to it, see {@link spoolInto}. */
  readonly fd: number;
  /** All that was written, in pieces; the next is read while one is used. */
  read(): AsyncGenerator<Uint8Array>;
  close(): Promise<void>;
}

/** A file of the system's temporary folder that has no name, so that nobody finds it and nothing is left of it. */
export async function openSpool(): Promise<Spool> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-export-'));
  const file = await open(join(folder, 'spool'), 'wx+', 0o600).finally(() => rm(folder, { recursive: true }));
  async function* pieces(): AsyncGenerator<Uint8Array, void> {
    for (let at = 0; ;) {
      const room = Buffer.allocUnsafe(pieceBytes);
      const { bytesRead } = await file.read(room, 0, room.length, at);
      if (bytesRead === 0) return;
      at += bytesRead;
      yield room.subarray(0, bytesRead);
    }
  }
  return { fd: file.fd, read: () => ahead(pieces()), close: () => file.close() };
}

const write = promisify(writeTo);

/** Writes pieces to a spool, those that are full while others are filled. */
export function spoolInto(fd: number, pieces: Pieces) {
  let size = 0;
  let writing = Promise.resolve();
  let closed = false;
  async function append(full: readonly Uint8Array[]): Promise<void> {
    for (const piece of full) {
      for (let at = 0; at < piece.length && !closed;)
        at += (await write(fd, piece, at, piece.length - at, size + at)).bytesWritten;
      size += piece.length;
      pieces.giveBack(piece);
    }
  }
  async function add(full: readonly Uint8Array[]): Promise<void> {
    if (full.length === 0) return;
    const before = writing;
    writing = before.then(() => append(full));
    writing.catch(() => undefined);
    await before;
  }
  return {
    /** Resolves when there is room for more; to be awaited between batches. */
    drained: () => add(pieces.full()),
    /** Resolves when all is written. */
    async end(): Promise<void> {
      await add(pieces.rest());
      await writing;
    },
    /** Nothing is written any more when it resolves, so that the number of the file may become another's. */
    async close(): Promise<void> {
      closed = true;
      await writing.catch(() => undefined);
    },
  };
}
