import { parentPort } from 'node:worker_threads';
import { newPiece, readDigest, type Hashed, type ToHash } from './read-digest.js';

/** Some files, to the thread. */
export type Batch = readonly ToHash[];
/** From the thread: bytes read of a large file so far, or what became of the whole batch, in its order. */
export type FromHashThread = { readonly bytes: number } | { readonly hashed: readonly Hashed[] };

const buffer = newPiece();
const say = (message: FromHashThread) => parentPort?.postMessage(message);

parentPort?.on('message', (batch: Batch) => {
  const onBytes = (bytes: number) => say({ bytes });
  say({ hashed: batch.map((file) => readDigest(file, { buffer, onBytes })) });
});
