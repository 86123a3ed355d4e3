import type { Digest } from '#kernel';
import { digestBytes, treeManifest, type Tree } from '#evidence';
import { ahead, writeZip, zipBytes, type SizedPart } from '#stored-zip';
import { namedName } from './named-edition.js';

export const manifestName = 'holdfast-bundle.json';
export const blobFolder = 'blobs';
/** What was added when it was exported, such as proofs that the log holds it: not sealed, believed by its own signatures only. */
export const proofFolder = 'proofs';

/** Below `proofs/`: statements by which one key of the log followed another, oldest first, as canonical JSON. */
export const keysName = 'keys.json';

export interface BundleContents {
  readonly core: Tree;
  /** Blobs beside the core, such as the data; not sealed by it, but named by digest. */
  readonly beside: readonly { readonly digest: Digest; readonly sizeBytes: number }[];
  /** Small files below `proofs/`. */
  readonly proofs?: readonly { readonly name: string; readonly bytes: Uint8Array }[];
  /** A `NamedEdition` as canonical JSON. */
  readonly named?: Uint8Array;
  /** A piece is left alone when the next but one is asked for. */
  open(digest: Digest): AsyncIterable<Uint8Array>;
  /** Told how many bytes the file will have, before the first of them is given out. */
  onSize?(bytes: number): void;
}

const plain = 0o100644;

/**
 * A bundle as one zip, streamed: first the list of members, whose digest is the core's, then the members in its order,
 * then what lies beside it. Entries are stored, not compressed, so memory and time are those of copying. The next piece is made while the last
 * one is written.
 */
export async function* writeBundle(contents: BundleContents): AsyncGenerator<Uint8Array, void> {
  const { core, beside, proofs = [], named, open, onSize } = contents;
  const list = treeManifest(core);
  const parts: SizedPart[] = [
    { name: manifestName, mode: plain, sizeBytes: list.length, content: list },
    ...core.entries
      .filter(({ target }) => target === undefined)
      .map(({ path, digest, sizeBytes, mode }) => ({
        ...{ name: path, mode: parseInt(mode, 8), sizeBytes },
        content: () => open(digest),
      })),
    ...beside.map(({ digest, sizeBytes }) => ({
      ...{ name: `${blobFolder}/${digest.slice('sha256:'.length)}`, mode: plain, sizeBytes },
      content: () => open(digest),
    })),
    ...proofs.map(({ name, bytes }) => ({
      ...{ name: `${proofFolder}/${name}`, mode: plain, sizeBytes: bytes.length, content: bytes },
    })),
    ...(named === undefined
      ? []
      : [{ name: namedName, mode: plain, sizeBytes: named.length, content: named }]),
  ];
  onSize?.(zipBytes(parts));
  yield* ahead(writeZip(parts));
}

/** What is sealed: the digest of the list of members. */
export const coreDigest = (core: Tree): Digest => digestBytes(treeManifest(core));
