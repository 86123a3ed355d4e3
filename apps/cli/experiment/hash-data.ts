import { stat } from 'node:fs/promises';
import { assertNoProblems, type Digest, type Problem } from '#kernel';
import { hashFile, hashTree, type DigestCache } from '#evidence/files';
import type { DataFormat } from '#domain/manifest';
import { openProgress } from '../output/progress.js';
import { bytes, nounOf } from '../output/units.js';
import type { Session } from '../session.js';
import { hashingProgress } from './hashing-progress.js';
import { uploadMissing, type LocalBlob } from './upload.js';

/** Data on this disk, whatever it is for. */
export interface HashedData {
  readonly format: DataFormat;
  /** Of the bytes, or of the tree manifest. */
  readonly digest: Digest;
  readonly sizeBytes: number;
  readonly blobs: readonly LocalBlob[];
}

/**
 * Hashes a file or a folder, with progress. A folder is a tree, `.csv` a table, all else bytes, unless `format` says so. Without
 * a cache every byte is read.
 * @throws DATA_INVALID with every problem
 */
export async function hashData(
  session: Session,
  path: string,
  format?: DataFormat,
  cache?: DigestCache,
): Promise<HashedData> {
  const hashing = { signal: session.signal, ...(cache ? { cache } : {}) };
  const found = await stat(path).catch(() => undefined);
  const isFolder = found?.isDirectory() === true;
  const as = format ?? (isFolder ? 'tree' : /\.csv$/i.test(path) ? 'csv' : 'file');
  const progress = hashingProgress(session);
  try {
    if (as === 'tree') {
      const onProgress = (done: Parameters<typeof progress.update>[1]) => progress.update(path, done);
      const { hashed, problems } = await hashTree(path, { ...hashing, onProgress });
      refuse(path, problems);
      if (hashed === undefined) throw new Error('a tree without problems was hashed');
      const { tree, manifest, digest, sizeBytes, places } = hashed;
      const files = tree.entries.flatMap((entry): LocalBlob[] => {
        const file = places.get(entry.path);
        return file === undefined ? [] : [{ ...entry, name: `${path}/${entry.path}`, from: { file } }];
      });
      const list: LocalBlob = { digest, sizeBytes: manifest.length, name: path, from: { bytes: manifest } };
      return { format: as, digest, sizeBytes, blobs: [list, ...files] };
    }
    let bytesDone = 0;
    const onBytes = (more: number) =>
      progress.update(path, { bytesDone: (bytesDone += more), bytesTotal: found?.size ?? 0, filesTotal: 1 });
    const { hashed, problem } = await hashFile(path, { ...hashing, onBytes });
    refuse(path, problem ? [isFolder ? { ...problem, fix: 'say --as tree' } : problem] : []);
    if (hashed === undefined) throw new Error('a file without problems was hashed');
    const { digest, sizeBytes, at } = hashed;
    return { format: as, digest, sizeBytes, blobs: [{ digest, sizeBytes, name: path, from: { file: at } }] };
  } finally {
    progress.end();
  }
}

/** Sends what the server does not hold, with progress, and says how much it was. */
export async function uploadData(session: Session, blobs: readonly LocalBlob[]): Promise<void> {
  const { terminal, clock, signal } = session;
  const { registry } = await session.connection();
  const progress = openProgress(terminal, clock, 'uploading', 'bytes');
  const options = { clock, signal, onProgress: progress.update };
  const sent = await uploadMissing(registry, blobs, options).finally(() => progress.end());
  if (sent.blobs > 0) terminal.note(`uploaded ${nounOf(sent.blobs, 'blob')}, ${bytes(sent.sizeBytes)}`);
}

function refuse(path: string, problems: readonly Problem[]): void {
  assertNoProblems(
    problems.map((problem) => ({
      ...problem,
      field: problem.field === '' ? path : `${path}: ${problem.field}`,
    })),
    'DATA_INVALID',
  );
}
