import { Readable } from 'node:stream';
import yazl from 'yazl';
import type { Digest } from '#kernel';
import { digestBytes, treeManifest, type Tree } from '#evidence';

export const manifestName = 'holdfast-bundle.json';
export const blobFolder = 'blobs';

export interface BundleContents {
  readonly core: Tree;
  /** Blobs beside the core, such as the data; not sealed by it, but named by digest. */
  readonly beside: readonly { readonly digest: Digest; readonly sizeBytes: number }[];
  open(digest: Digest): AsyncIterable<Uint8Array>;
  /** Told how many bytes the file will have, before the first of them is given out. */
  onSize?(bytes: number): void;
}

/** 1980-01-01, the earliest time a zip can say; members have no time of their own. */
const mtime = new Date(1980, 0, 1);

/**
 * A bundle as one zip, streamed: first the list of members, whose digest is the core's, then the members in its order,
 * then what lies beside it. Entries are stored, not compressed, so memory and time are those of copying.
 */
export function writeBundle({ core, beside, open, onSize }: BundleContents): AsyncIterable<Uint8Array> {
  const zip = new yazl.ZipFile();
  const output = zip.outputStream as Readable;
  const fail = (error: unknown) => output.destroy(error as Error);
  // One member is read at a time; when the reader leaves in the middle, so is it left.
  let current: Readable | undefined;
  output.once('close', () => current?.destroy());
  const add = (name: string, digest: Digest, size: number, mode: number) => {
    zip.addReadStreamLazy(name, { mtime, mode, size, compress: false }, (done) => {
      const stream = Readable.from(open(digest));
      stream.once('error', fail);
      current = stream;
      done(null, stream);
    });
  };
  zip.on('error', fail);
  zip.addBuffer(Buffer.from(treeManifest(core)), manifestName, { mtime, mode: 0o100644, compress: false });
  for (const { path, digest, sizeBytes, mode, target } of core.entries) {
    if (target === undefined) add(path, digest, sizeBytes, parseInt(mode, 8));
  }
  for (const { digest, sizeBytes } of beside) {
    add(`${blobFolder}/${digest.slice('sha256:'.length)}`, digest, sizeBytes, 0o100644);
  }
  // Its types leave out that the size is told.
  const end = zip.end.bind(zip) as unknown as (options: object, told: (bytes: number) => void) => void;
  end({}, (bytes) => onSize?.(bytes));
  return output;
}

/** What is sealed: the digest of the list of members. */
export const coreDigest = (core: Tree): Digest => digestBytes(treeManifest(core));
