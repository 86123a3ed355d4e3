import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openPieces, type Pieces } from './pieces.js';

const pieceBytes = 256 * 1024;

/** What is written now and read once later; no memory is held for it. */
export interface Spool {
  readonly pieces: Pieces;
  /** Resolves when there is room for more; to be awaited between batches. */
  drained(): Promise<void>;
  /** What was added, in pieces. */
  read(): AsyncGenerator<Uint8Array>;
  close(): Promise<void>;
}

/** A file of the system's temporary folder that has no name, so that nobody finds it and nothing is left of it. */
export async function openSpool(): Promise<Spool> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-export-'));
  const file = await open(join(folder, 'spool'), 'wx+', 0o600).finally(() => rm(folder, { recursive: true }));
  const pieces = openPieces();
  let size = 0;
  async function write(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length;)
      at += (await file.write(bytes, at, bytes.length - at, size + at)).bytesWritten;
    size += bytes.length;
    pieces.giveBack(bytes);
  }
  return {
    pieces,
    async drained() {
      for (const piece of pieces.full()) await write(piece);
    },
    async *read() {
      for (const piece of [...pieces.full(), pieces.rest()]) await write(piece);
      for (let at = 0; at < size;) {
        const { bytesRead, buffer } = await file.read(
          Buffer.allocUnsafe(Math.min(pieceBytes, size - at)),
          0,
          undefined,
          at,
        );
        if (bytesRead === 0) throw new Error('a spooled file became shorter');
        at += bytesRead;
        yield buffer.subarray(0, bytesRead);
      }
    },
    close: () => file.close(),
  };
}
