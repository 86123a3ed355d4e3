import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { DomainError, isDomainError, type Digest, type Problem } from '#kernel';
import { treeManifest } from '#evidence';
import { openBundle } from '#bundle-file';
import type { provenance } from '#contracts';
import { bundlePaths } from '#domain/bundle';
import { parseManifest, type Manifest } from '#domain/manifest';
import { openProgress } from '../output/progress.js';
import type { Session } from '../session.js';
import { hashData, uploadData } from './hash-data.js';

/** Where what a bundle names and does not carry is said to be. */
export interface Supplied {
  readonly data: readonly (readonly [name: string, path: string])[];
  readonly environment?: string;
}

const pieceBytes = 256 * 1024;

/** Takes a bundle into the server, with progress; the server checks all of it again. */
export async function importBundle(session: Session, file: string): Promise<provenance.ImportBundleResponse> {
  const { terminal, clock, namespace } = session;
  const { provenance } = await session.connection();
  const { size } = await stat(file);
  const progress = openProgress(terminal, clock, `importing ${file}`, 'bytes');
  async function* messages(): AsyncGenerator<provenance.ImportBundleRequest, void> {
    yield { namespace, data: Buffer.alloc(0) };
    let sent = 0;
    for await (const data of createReadStream(file, { highWaterMark: pieceBytes })) {
      yield { data: data as Buffer };
      progress.update((sent += (data as Buffer).length), size);
    }
  }
  try {
    return await provenance.importBundle(messages());
  } finally {
    progress.end();
  }
}

/**
 * Sends the data and the environment that a bundle names and does not carry, from the paths given for them: only bytes with the right
 * digest.
 * @throws DATA_MISSING with everything that is still not there and how to supply it; DATA_OTHER
 */
export async function supplyData(
  session: Session,
  file: string,
  missing: readonly string[],
  { data, environment }: Supplied,
): Promise<void> {
  const manifest = await manifestOf(file);
  const problems: Problem[] = [];
  // What one of them lacks keeps nobody from hearing of the rest.
  const told = async (supply: () => Promise<readonly Problem[]>) => {
    try {
      problems.push(...(await supply()));
    } catch (error) {
      if (!isDomainError(error) || !['invalid', 'not-found'].includes(error.kind)) throw error;
      const { code, message } = error;
      problems.push(
        ...(error.problems.length > 0 ? error.problems : [{ code, field: '', message, fix: '' }]),
      );
    }
  };
  if (environment !== undefined) await told(() => supplyEnvironment(session, manifest, environment));
  for (const [name, path] of data) await told(() => supplyOne(session, manifest, name, path));
  const still = missing.length === 0 ? [] : await stillMissing(session, missing);
  problems.push(...still.map((digest) => notThere(manifest, digest)));
  if (problems.length === 0) return;
  const message = 'the run cannot be repeated here yet: not everything that it read is here';
  throw new DomainError('invalid', 'DATA_MISSING', message, { problems });
}

async function supplyOne(
  session: Session,
  { pinned }: Manifest,
  name: string,
  path: string,
): Promise<readonly Problem[]> {
  const wanted = Object.hasOwn(pinned.data, name) ? pinned.data[name] : undefined;
  if (wanted === undefined) return [unknownName(name, Object.keys(pinned.data))];
  const { digest, blobs } = await hashData(session, path, wanted.format);
  if (digest !== wanted.digest) return [otherBytes(name, path, wanted.digest, digest)];
  await uploadData(session, blobs);
  return [];
}

/** The executable of Node, or the packages of a venv. */
async function supplyEnvironment(session: Session, { pinned }: Manifest, path: string): Promise<Problem[]> {
  const { environment } = pinned;
  if (environment.kind === 'image')
    return [otherEnvironment(path, environment.digest, 'an image, which its registry keeps')];
  if (environment.kind === 'node') {
    const { digest, blobs } = await hashData(session, path, 'file');
    if (digest !== environment.digest) return [otherEnvironment(path, environment.digest, digest)];
    await uploadData(session, blobs);
    return [];
  }
  const { pythonPackageFiles } = await import('#sandbox');
  const packages = await pythonPackageFiles(path);
  if (packages.digest !== environment.packages)
    return [otherEnvironment(path, environment.packages, packages.digest)];
  const list = treeManifest(packages.tree);
  await uploadData(session, [
    ...packages.files
      .filter(({ entry }) => entry.target === undefined)
      .map(({ at, entry: { digest, sizeBytes } }) => ({ digest, sizeBytes, name: at, from: { file: at } })),
    { digest: packages.digest, sizeBytes: list.length, name: path, from: { bytes: list } },
  ]);
  return [];
}

const otherEnvironment = (path: string, wanted: Digest, found: string): Problem => ({
  code: 'ENVIRONMENT_OTHER',
  field: 'environment',
  message: `${path} is not what the run ran in (${wanted})`,
  found,
  fix: 'find the one it ran in',
});

async function manifestOf(file: string): Promise<Manifest> {
  const bundle = await openBundle(file);
  try {
    const parts: Uint8Array[] = [];
    for await (const part of await bundle.read(bundlePaths.manifest)) parts.push(part);
    return parseManifest(Buffer.concat(parts));
  } finally {
    bundle.close();
  }
}

async function stillMissing(session: Session, digests: readonly string[]): Promise<readonly string[]> {
  const { registry } = await session.connection();
  const missing: string[] = [];
  for (let i = 0; i < digests.length; i += 10_000) {
    const answer = await registry.missingBlobs(
      { digests: digests.slice(i, i + 10_000) },
      { repeatable: true },
    );
    missing.push(...answer.digests);
  }
  return missing;
}

/** @throws OPTION_INVALID */
export function nameAndPath(text: string): readonly [name: string, path: string] {
  const at = text.indexOf('=');
  if (at > 0 && at < text.length - 1) return [text.slice(0, at), text.slice(at + 1)];
  const message = `--data is NAME=PATH; found ${text.slice(0, 80)}`;
  throw new DomainError('invalid', 'OPTION_INVALID', message);
}

/** What a digest is in the manifest, for people. */
function nameOf({ pinned }: Manifest, digest: string): string | undefined {
  const data = Object.entries(pinned.data).find(([, pin]) => pin.digest === digest);
  if (data !== undefined) return `data.${data[0]}`;
  if (pinned.code.tree === digest) return 'code';
  const { environment } = pinned;
  const packages = environment.kind === 'host-python' ? environment.packages : undefined;
  return environment.digest === digest || packages === digest ? 'environment' : undefined;
}

const notThere = (manifest: Manifest, digest: string): Problem => ({
  ...{
    code: 'DATA_MISSING',
    field: nameOf(manifest, digest) ?? digest,
    message: `${digest} is not here`,
  },
  fix: howToSupply(manifest, nameOf(manifest, digest)),
});

function howToSupply({ pinned: { environment } }: Manifest, name: string | undefined): string {
  if (name?.startsWith('data.'))
    return `say where it is: --data ${name.slice('data.'.length)}=PATH; or export the bundle again with --with-data`;
  if (name !== 'environment') return 'export the bundle again with --with-data where it was made';
  return environment.kind === 'image'
    ? `it is an image, ${environment.image}, and no executor of this release runs images`
    : 'say where it is: --environment PATH (the Node executable, or the folder of the venv); or export the bundle again with --with-environment';
}

const otherBytes = (name: string, path: string, wanted: Digest, found: Digest): Problem => ({
  code: 'DATA_OTHER',
  field: `data.${name}`,
  message: `${path} holds other bytes than the run read (${wanted})`,
  found,
  fix: 'find the ones it read',
});

const unknownName = (name: string, names: readonly string[]): Problem => ({
  code: 'DATA_UNKNOWN',
  field: '--data',
  message: 'the run read nothing under this name',
  found: name.slice(0, 80),
  fix: names.length === 0 ? 'leave it out' : `it read ${names.join(', ')}`,
});
