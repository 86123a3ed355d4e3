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
  /** What is under way while others are filled. */
  let writing: Promise<void> = Promise.resolve();
  async function begin(full: readonly Uint8Array[]): Promise<void> {
    await writing;
    writing = (async () => {
      for (const piece of full) await write(piece);
    })();
    writing.catch(() => undefined);
  }
  async function readAt(at: number): Promise<Uint8Array> {
    const buffer = Buffer.allocUnsafe(Math.min(pieceBytes, size - at));
    const { bytesRead } = await file.read(buffer, 0, buffer.length, at);
    if (bytesRead === 0) throw new Error('a spooled file became shorter');
    return buffer.subarray(0, bytesRead);
  }
  return {
    pieces,
    async drained() {
      const full = pieces.full();
      if (full.length > 0) await begin(full);
    },
    async *read() {
      await begin([...pieces.full(), pieces.rest()]);
      await writing;
      let next = size === 0 ? undefined : readAt(0);
      for (let at = 0; next !== undefined;) {
        const bytes = await next;
        at += bytes.length;
        next = at < size ? readAt(at) : undefined;
        next?.catch(() => undefined);
        yield bytes;
      }
    },
    close: () => file.close(),
  };
}
