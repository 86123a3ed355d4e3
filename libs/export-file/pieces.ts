const pieceBytes = 256 * 1024;
/** UTF-8 of one unit of UTF-16. */
const mostBytesOfUnit = 3;

/** Text and bytes put together where they are to stay: in large pieces, which go on whole and are copied no more. */
export interface Pieces {
  text(text: string): void;
  bytes(bytes: Uint8Array): void;
  /** Pieces that are full, each once; each has a buffer of its own. */
  full(): readonly Uint8Array[];
  /** Those and what is left of the last one. */
  rest(): readonly Uint8Array[];
  /** Of a piece that nobody needs any more, the room is taken again. */
  giveBack(piece: Uint8Array): void;
}

export function openPieces(): Pieces {
  let piece: Buffer = Buffer.alloc(0);
  let end = 0;
  let done: Uint8Array[] = [];
  let spare: Buffer | undefined;
  function close(): void {
    if (end > 0) done.push(piece.subarray(0, end));
    [piece, end] = [Buffer.alloc(0), 0];
  }
  function room(bytes: number): void {
    if (piece.length - end >= bytes) return;
    close();
    piece =
      spare !== undefined && spare.length >= bytes
        ? spare
        : Buffer.allocUnsafeSlow(Math.max(pieceBytes, bytes));
    spare = undefined;
  }
  function full(): readonly Uint8Array[] {
    const given = done;
    done = [];
    return given;
  }
  return {
    text(text) {
      room(text.length * mostBytesOfUnit);
      end += piece.write(text, end);
    },
    bytes(bytes) {
      room(bytes.length);
      piece.set(bytes, end);
      end += bytes.length;
    },
    full,
    rest() {
      close();
      return full();
    },
    giveBack({ buffer }) {
      spare = Buffer.from(buffer);
    },
  };
}
