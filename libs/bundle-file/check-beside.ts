import type { Digest, Problem } from '#kernel';
import { parseTree } from '#evidence';
import type { Manifest } from '#domain/manifest';
import type { Story } from './check-story.js';
import type { OpenBundle } from './read-bundle.js';
import { problem } from './report.js';
import { blobFolder } from './write-bundle.js';

const mostBytes = 64 * 2 ** 20;

/** Blobs beside the core are the data and the environment that the manifest pins, each of them whole, and nothing else. */
export async function checkBeside(bundle: OpenBundle, { manifest }: Story): Promise<Problem[]> {
  const beside = new Set<unknown>(bundle.beside);
  const named = new Set<unknown>();
  const problems: Problem[] = [];
  for (const { digest, isFolder } of beside.size === 0 ? [] : pinsOf(manifest)) {
    if (!beside.has(digest)) continue;
    named.add(digest);
    if (!isFolder) continue;
    const { entries } = parseTree(await bundle.bytes(nameOf(digest), mostBytes));
    for (const { path, target, digest: file } of entries) {
      if (target !== undefined) continue;
      named.add(file);
      if (!beside.has(file))
        problems.push(
          problem(nameOf(file), `is missing, and the folder that it is part of is here: ${path}`),
        );
    }
  }
  const more = bundle.beside.filter((digest) => !named.has(digest));
  return [...problems, ...more.map((digest) => problem(nameOf(digest), 'is nothing that the manifest pins'))];
}

const nameOf = (digest: Digest): string => `${blobFolder}/${digest.slice('sha256:'.length)}`;

/** What may be supplied of a run, by digest; of a folder this is that of its list. */
function pinsOf({ pinned }: Manifest): readonly { readonly digest: Digest; readonly isFolder: boolean }[] {
  const { data, environment } = pinned;
  const isPython = environment.kind === 'host-python';
  return [
    ...Object.values(data).map(({ digest, format }) => ({ digest, isFolder: format === 'tree' })),
    { digest: isPython ? environment.packages : environment.digest, isFolder: isPython },
  ];
}
