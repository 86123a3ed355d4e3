import { createDigester } from '#evidence';
import type { Digest } from '#kernel';
import { exportInvalid } from './zip-file.js';

/** An event has at most 1,000,000 bytes, and JSON Lines add its leaf. */
const longestLineBytes = 2_000_000;
const newline = 0x0a;

/** Lines of a member one after the other, and, once there is no more, what its bytes hash to. */
export interface Lines {
  /** Without its newline; undefined at the end. @throws EXPORT_INVALID for a line that is too long or has no end */
  next(): Promise<string | undefined>;
  /** Of all that was read. Ends it. */
  digest(): Digest;
}

export function openLines(name: string, source: AsyncIterator<Buffer>): Lines {
  const digester = createDigester();
  let ready: string[] = [];
  let at = 0;
  let rest: Buffer = Buffer.alloc(0);
  let ended = false;
  async function fill(): Promise<void> {
    const { done, value } = await source.next();
    if (done) {
      ended = true;
      if (rest.length > 0) throw exportInvalid(name, 'its last line has no end');
      return;
    }
    digester.update(value);
    const piece = rest.length === 0 ? value : Buffer.concat([rest, value]);
    const last = piece.lastIndexOf(newline);
    rest = piece.subarray(last + 1);
    if (rest.length > longestLineBytes)
      throw exportInvalid(name, `a line has more than ${longestLineBytes} bytes`);
    ready = last < 0 ? [] : piece.toString('utf8', 0, last).split('\n');
    at = 0;
  }
  return {
    async next() {
      while (at === ready.length && !ended) await fill();
      return at === ready.length ? undefined : ready[at++];
    },
    digest: () => digester.digest(),
  };
}
