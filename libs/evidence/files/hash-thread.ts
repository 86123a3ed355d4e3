import { parentPort } from 'node:worker_threads';
import { newPiece, readDigest, type Hashed, type ToHash } from './read-digest.js';

/** Some files, to the thread. */
export type Batch = readonly ToHash[];
/** From the thread: that it is there; bytes of a large file since the last word; what became of the whole batch, in its order. */
export type FromHashThread =
  { readonly ready: true } | { readonly bytes: number } | { readonly hashed: readonly Hashed[] };

const sayEveryBytes = 16 * 1024 * 1024;
const buffer = newPiece();
const say = (message: FromHashThread) => parentPort?.postMessage(message);

parentPort?.on('message', (batch: Batch) => say({ hashed: batch.map(digestOf) }));
say({ ready: true });

function digestOf(file: ToHash): Hashed {
  const reading = readDigest(file, buffer);
  let bytes = 0;
  for (;;) {
    const { done, value } = reading.next();
    if (done) return value;
    bytes += value;
    if (bytes < sayEveryBytes) continue;
    say({ bytes });
    bytes = 0;
  }
}
