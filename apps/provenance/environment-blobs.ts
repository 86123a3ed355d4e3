import { isDomainError, type Digest } from '#kernel';
import { parseTree, treeManifest } from '#evidence';
import type { ArtifactStore } from '#artifact-store';
import { placeDigest, readPlace, type Manifest } from '#domain/manifest';
import { fileDigest, pythonPackageFiles } from '#sandbox';
import { largestTreeBytes } from '#service';

/** Bytes that an environment consists of, as far as a bundle can carry them. */
export interface EnvironmentBlob {
  readonly digest: Digest;
  readonly sizeBytes: number;
}

/** What must be supplied of an environment to have it elsewhere: the executable of Node, the list of Python's packages, an image. */
export const environmentDigest = ({ pinned: { environment } }: Pick<Manifest, 'pinned'>): Digest =>
  environment.kind === 'host-python' ? environment.packages : environment.digest;

const isImage = ({ pinned }: Manifest): boolean => pinned.environment.kind === 'image';

/**
 * Every blob of the environment, taken into the store from this host where they are here; undefined when they are neither there nor here,
 * or it is an image, which registries keep.
 */
export async function environmentBlobs(
  artifacts: ArtifactStore,
  manifest: Manifest,
): Promise<readonly EnvironmentBlob[] | undefined> {
  if (isImage(manifest)) return undefined;
  const wanted = environmentDigest(manifest);
  if ((await artifacts.stat(wanted)) === undefined && !(await takeIn(artifacts, manifest, wanted)))
    return undefined;
  const blobs = new Map<Digest, EnvironmentBlob>();
  const add = async (digest: Digest): Promise<boolean> => {
    const stat = blobs.has(digest) ? undefined : await artifacts.stat(digest);
    if (stat) blobs.set(digest, { digest, sizeBytes: stat.sizeBytes });
    return blobs.has(digest);
  };
  await add(wanted);
  if (manifest.pinned.environment.kind === 'host-python') {
    const { entries } = parseTree(await artifacts.read(wanted, largestTreeBytes));
    for (const { digest, target } of entries)
      if (target === undefined && !(await add(digest))) return undefined;
  }
  return [...blobs.values()];
}

/** Whether this host has the environment, so that nobody need supply it. No executor runs images, so an image never is. */
export async function isEnvironmentHere(artifacts: ArtifactStore, manifest: Manifest): Promise<boolean> {
  if (isImage(manifest)) return false;
  const wanted = environmentDigest(manifest);
  if ((await artifacts.stat(wanted)) !== undefined) return true;
  const { environment } = manifest.pinned;
  if (environment.kind === 'node') return (await fileDigest(process.execPath)) === environment.digest;
  const packages = await packagesHere(artifacts, manifest);
  return packages?.digest === wanted;
}

async function takeIn(artifacts: ArtifactStore, manifest: Manifest, wanted: Digest): Promise<boolean> {
  if (manifest.pinned.environment.kind === 'node') {
    if ((await fileDigest(process.execPath)) !== wanted) return false;
    await artifacts.putFile(process.execPath, { expected: wanted });
    return true;
  }
  const packages = await packagesHere(artifacts, manifest);
  if (packages?.digest !== wanted) return false;
  for (const { at, entry } of packages.files)
    if (entry.target === undefined)
      await artifacts.putFile(at, { expected: entry.digest, settleLater: true });
  await artifacts.put(treeManifest(packages.tree), { expected: wanted, settleLater: true });
  await artifacts.settle();
  return true;
}

/** The packages at the place that the environment was registered with. */
async function packagesHere(artifacts: ArtifactStore, manifest: Manifest) {
  const digest = placeDigest(manifest);
  const known = digest === undefined || (await artifacts.stat(digest)) !== undefined;
  if (!known) return undefined;
  const place =
    digest === undefined ? manifest.declared.environment.location : readPlace(await artifacts.read(digest));
  if (place === undefined) return undefined;
  try {
    return await pythonPackageFiles(place);
  } catch (error) {
    if (isDomainError(error) && error.kind === 'not-found') return undefined;
    throw error;
  }
}
