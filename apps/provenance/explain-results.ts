import { isDigest, isDomainError, type Digest } from '#kernel';
import { parseTree } from '#evidence';
import type { ArtifactStore } from '#artifact-store';
import {
  describeContents,
  instance,
  type Contents,
  type Difference,
  type RunResult,
} from '#domain/comparison';
import { largestTreeBytes } from '#service';

/** Differences that are looked into; the others tell sizes only. */
const lookedInto = 20;
const longestDetail = 400;

/** Says of the first differing outputs and metric series what differs inside. Bytes that are not here any more say nothing. */
export async function explainResults(
  artifacts: ArtifactStore,
  differences: readonly Difference[],
  results: readonly RunResult[],
): Promise<readonly Difference[]> {
  const paths = pathsOf(results);
  const explained: Difference[] = [];
  let left = lookedInto;
  for (const difference of differences) {
    const { what, a, b, detail } = difference;
    const path = paths.get(what);
    if (left === 0 || path === undefined || !isDigest(a) || !isDigest(b)) explained.push(difference);
    else {
      left--;
      explained.push({ ...difference, detail: withMore(detail, await whatDiffers(artifacts, path, a, b)) });
    }
  }
  return explained;
}

export const withMore = (detail: string, more: string | undefined): string =>
  more === undefined ? detail : `${detail}; ${more}`.slice(0, longestDetail);

/** Path of the bytes behind a difference: its name says what they are. */
function pathsOf(results: readonly RunResult[]): ReadonlyMap<string, string> {
  const paths = new Map<string, string>();
  for (const { steps } of results)
    for (const { step, fold, outputs } of steps) {
      const name = instance(step, fold);
      for (const output of outputs)
        paths.set(`outputs.${name}.${output.name}`, output.kind === 'tree' ? `${output.path}/` : output.path);
      paths.set(`metrics.${name}`, 'metrics.jsonl');
    }
  return paths;
}

/** First difference of two blobs, or of two trees where the path ends with `/`; undefined when one is not here. */
export async function whatDiffers(
  artifacts: ArtifactStore,
  path: string,
  a: Digest,
  b: Digest,
): Promise<string | undefined> {
  try {
    if (path.endsWith('/')) return await firstOfTrees(artifacts, a, b);
    const [x, y] = await Promise.all([contentsOf(artifacts, a), contentsOf(artifacts, b)]);
    return x && y && (await describeContents(path, x, y));
  } catch (error) {
    if (isDomainError(error) && ['BLOB_NOT_FOUND', 'BLOB_CORRUPT', 'TREE_INVALID'].includes(error.code))
      return undefined;
    throw error;
  }
}

async function contentsOf(artifacts: ArtifactStore, digest: Digest): Promise<Contents | undefined> {
  const found = await artifacts.stat(digest);
  return found && { sizeBytes: found.sizeBytes, open: () => artifacts.get(digest) };
}

async function firstOfTrees(artifacts: ArtifactStore, a: Digest, b: Digest): Promise<string | undefined> {
  const [x, y] = await Promise.all([a, b].map((digest) => filesOf(artifacts, digest)));
  const paths = [...new Set([...(x?.keys() ?? []), ...(y?.keys() ?? [])])].sort();
  const differing = paths.filter((path) => x?.get(path) !== y?.get(path));
  const [first] = differing;
  if (first === undefined) return undefined;
  const [p, q] = [x?.get(first), y?.get(first)];
  const inside = p && q ? await whatDiffers(artifacts, first, p, q) : `only in the ${p ? 'first' : 'second'}`;
  const more = differing.length > 1 ? `${differing.length} files differ, the first: ` : '';
  return `${more}${first}${inside === undefined ? '' : `, ${inside}`}`;
}

async function filesOf(artifacts: ArtifactStore, digest: Digest): Promise<ReadonlyMap<string, Digest>> {
  const { entries } = parseTree(await artifacts.read(digest, largestTreeBytes));
  return new Map(entries.map((entry) => [entry.path, entry.digest]));
}
