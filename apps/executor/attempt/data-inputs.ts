import { canonicalize } from '#evidence';
import type { Digest } from '#kernel';
import type { ArtifactStore } from '#artifact-store';
import { partitionCsv } from '#domain/dataset';
import { assignFolds, foldsText } from '#domain/fold';
import type { Manifest, PinnedData } from '#domain/manifest';

/** Data as a step is given it. */
export type DataInput = { readonly blob: Digest } | { readonly tree: Digest };

interface Partitioned {
  readonly blob: Digest;
  readonly folds?: Digest;
}

/** The data of manifests: the rows that `where` takes, and their folds, each computed once and kept as blobs. */
export interface DataInputs {
  /**
   * @throws DATASET_INVALID, WHERE_INVALID, FOLDS_TOO_MANY, FOLD_ALGORITHM_UNKNOWN; what the artifact store throws
   */
  of(manifest: Pick<Manifest, 'pinned'>): Promise<{
    readonly data: Readonly<Record<string, DataInput>>;
    readonly folds: Digest | undefined;
  }>;
}

/** Partitions remembered; a sweep asks for one and the same. */
const remembered = 64;

export function openDataInputs(store: ArtifactStore): DataInputs {
  const known = new Map<string, Promise<Partitioned>>();

  const partitioned = async (data: PinnedData): Promise<Partitioned> => {
    const key = canonicalize(data);
    const earlier = await known.get(key)?.catch(() => undefined);
    // No event names a partition, so it may have been collected as garbage.
    if (earlier && (await store.missing(digestsOf(earlier))).length === 0) return earlier;
    const making = partition(data, store);
    known.set(key, making);
    making.catch(() => known.delete(key));
    if (known.size > remembered) known.delete(known.keys().next().value as string);
    return making;
  };

  return {
    async of({ pinned }) {
      let folds: Digest | undefined;
      const data: Record<string, DataInput> = {};
      for (const [name, one] of Object.entries(pinned.data)) {
        if (one.format === 'tree') data[name] = { tree: one.digest };
        else if (one.where === undefined && one.folds === undefined) data[name] = { blob: one.digest };
        else {
          const made = await partitioned(one);
          data[name] = { blob: made.blob };
          folds ??= made.folds;
        }
      }
      return { data, folds };
    },
  };
}

const digestsOf = ({ blob, folds }: Partitioned): Digest[] => (folds ? [blob, folds] : [blob]);

async function partition({ digest, where, folds }: PinnedData, store: ArtifactStore): Promise<Partitioned> {
  const rows = partitionCsv(store.get(digest), {
    ...(where === undefined ? {} : { where }),
    ...(folds?.stratify === undefined ? {} : { labels: folds.stratify }),
  });
  const { text } = rows;
  const blob = where === undefined ? await readThrough(text, digest) : await keep(text, store);
  if (folds === undefined) return { blob };
  const foldOf = assignFolds(folds, { count: rows.rows(), labels: rows.labels() });
  return { blob, folds: await keep(foldsText(folds, foldOf), store) };
}

/** Without a condition the rows are those of the file, byte for byte. */
async function readThrough(text: AsyncIterable<string>, digest: Digest): Promise<Digest> {
  const reading = text[Symbol.asyncIterator]();
  while (!(await reading.next()).done);
  return digest;
}

const pieceChars = 64 * 1024;

async function keep(text: AsyncIterable<string> | Iterable<string>, store: ArtifactStore): Promise<Digest> {
  async function* bytes(): AsyncGenerator<Uint8Array, void> {
    let piece = '';
    for await (const part of text) {
      piece += part;
      if (piece.length < pieceChars) continue;
      yield Buffer.from(piece);
      piece = '';
    }
    if (piece !== '') yield Buffer.from(piece);
  }
  return (await store.put(bytes())).digest;
}
