import { createReadStream } from 'node:fs';
import { digestStream } from '#evidence';
import { factOfFile } from './file-fact.js';

/** SHA-256 of a file, links followed; computed once per process while the file stays the same. */
export const fileDigest = factOfFile(
  async (path) => (await digestStream(createReadStream(path, { highWaterMark: 256 * 1024 }))).digest,
);
