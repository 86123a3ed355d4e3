import { hash } from 'node:crypto';
import { epochMs, type Clock, type Digest } from '#kernel';
import { openCacheFolder } from './cache-folder.js';
import { isAtRest, type FileState } from './found-file.js';

/** A file below a root, in the state in which it was hashed. */
export interface KnownFile extends Pick<FileState, 'identity'> {
  /** Below the root; empty when the root is the file. */
  readonly path: string;
  readonly digest: Digest;
}

/** Digests of files that are still what they were when they were hashed. It may forget anything at any time. */
export interface DigestCache {
  /** What is known of files below a root, at one moment. */
  below(root: string): KnownDigests;
}

export interface KnownDigests {
  /** undefined unless the file is in the very state that was hashed, and has been for a while. */
  digestOf(path: string, state: FileState): Digest | undefined;
  /** Keeps these instead of what was known below the root; of files that changed a moment ago, nothing. */
  replace(files: Iterable<FileState & KnownFile>): void;
}

const format = 'holdfast-digests/1';
const mostBytes = 256 * 2 ** 20;

/** @param dir a folder of this user alone; made when it is first written to */
export function openDigestCache(
  dir: string,
  clock: Pick<Clock, 'now'>,
  options: { readonly mostBytes?: number } = {},
): DigestCache {
  const folder = openCacheFolder(dir, options.mostBytes ?? mostBytes);
  return {
    below(root) {
      const nowMs = epochMs(clock.now());
      const atRest = (state: FileState) => isAtRest(state, nowMs);
      const name = hash('sha256', root);
      const known = parse(folder.read(name, nowMs), root);
      return {
        digestOf(path, state) {
          const found = known.get(path);
          return found?.identity === state.identity && atRest(state) ? found.digest : undefined;
        },
        replace(files) {
          const lines = [...files].filter(atRest).map(lineOf);
          if (lines.length > 0) folder.write(name, written(root, lines));
          else if (known.size > 0) folder.remove(name);
        },
      };
    },
  };
}

const lineOf = ({ digest, identity, path }: KnownFile): string =>
  `${digest} ${identity} ${JSON.stringify(path)}`;

/** The first line holds the digest of the rest, so that nothing half-written or damaged is ever believed. */
function written(root: string, lines: readonly string[]): string {
  const rest = [JSON.stringify(root), ...lines].join('\n');
  return `${format} ${hash('sha256', rest)}\n${rest}`;
}

function parse(text: string | undefined, root: string): Map<string, Omit<KnownFile, 'path'>> {
  const known = new Map<string, Omit<KnownFile, 'path'>>();
  const end = text?.indexOf('\n') ?? -1;
  if (text === undefined || end < 0) return known;
  const rest = text.slice(end + 1);
  if (text.slice(0, end) !== `${format} ${hash('sha256', rest)}`) return known;
  const [of, ...lines] = rest.split('\n');
  if (of !== JSON.stringify(root)) return known;
  for (const line of lines) {
    const digestEnd = line.indexOf(' ');
    const pathStart = line.indexOf(' "') + 1;
    const identity = line.slice(digestEnd + 1, pathStart - 1);
    known.set(JSON.parse(line.slice(pathStart)) as string, {
      digest: line.slice(0, digestEnd) as Digest,
      identity,
    });
  }
  return known;
}
