import { assertNoProblems, DomainError, type Digest, type Problem } from '#kernel';
import { parseTree, type Tree } from '#evidence';
import type { provenance as proto } from '#contracts';
import type { ArtifactStore } from '#artifact-store';
import { writeBundle } from '#bundle-file';
import { parseManifest, requiredBlobs, type Manifest } from '#domain/manifest';
import type { CallContext } from '#platform';
import { chunkOf } from '#rpc';
import { messageBytes } from '#runtime';
import { largestTreeBytes, reasonProblems } from '#service';
import { environmentBlobs } from './environment-blobs.js';
import { getBundle } from './get-bundle.js';
import { logProofs } from './log-proofs.js';
import { takeNamedEdition } from './named-edition.js';
import type { Provenance } from './provenance.js';
import { tellingDisposal } from './retention/disposals-of.js';

type Beside = { readonly digest: Digest; readonly sizeBytes: number };
const mostNamed = 5;

/**
 * The sealed core as one file, streamed; with its data beside it when asked for, and with proofs that the log holds it where the auditor
 * gives them; with names where they are asked for, which is recorded.
 * @throws what {@link getBundle} does; ARTIFACTS_DISPOSED; DATA_MISSING, ENVIRONMENT_MISSING when something is asked for that this server does not have
 */
export async function* exportBundle(
  provenance: Provenance,
  request: proto.ExportBundleRequest,
  context: CallContext,
): AsyncGenerator<proto.ExportBundleResponse, void> {
  const { artifacts } = provenance.runtime.engines;
  const { named: isNamed = false, reason = '' } = request;
  assertNoProblems(isNamed ? reasonProblems(reason) : [], 'INVALID_REQUEST');
  const sealed = await getBundle(provenance, request, context);
  const core = await tellingDisposal(provenance, sealed.run, () => wholeCore(artifacts, sealed.core));
  const beside = await tellingDisposal(provenance, sealed.run, () =>
    besideOf(artifacts, sealed.manifest, request),
  );
  const proofs = request.withoutProofs
    ? { missing: 'they were not asked for' }
    : await logProofs(provenance, sealed.run, core, context);
  const named = isNamed ? await takeNamedEdition(provenance, sealed, reason, context) : undefined;
  let totalBytes: number | undefined;
  const file = writeBundle({
    core,
    beside,
    proofs: 'files' in proofs ? proofs.files : [],
    ...(named === undefined ? {} : { named }),
    open: (digest) => artifacts.get(digest, undefined, { lent: true }),
    onSize: (bytes) => (totalBytes = bytes),
  });
  let first = true;
  for await (const bytes of file)
    for (let at = 0; at < bytes.length; at += messageBytes) {
      if (context.signal.aborted) throw new DomainError('cancelled', 'CANCELLED', 'the caller has gone');
      const data = chunkOf(bytes.subarray(at, at + messageBytes));
      const noProofs = 'missing' in proofs ? proofs.missing : undefined;
      yield { data, ...(first ? { totalBytes, noProofs } : {}) };
      first = false;
    }
}

/** Every member is looked for before the first byte leaves. @throws BLOB_NOT_FOUND */
async function wholeCore(artifacts: ArtifactStore, digest: Digest): Promise<Tree> {
  const core = parseTree(await artifacts.read(digest, largestTreeBytes));
  const members = core.entries.filter(({ target }) => target === undefined);
  const [absent, ...more] = await artifacts.missing([...new Set(members.map((member) => member.digest))]);
  if (absent === undefined) return core;
  const { path } = members.find((member) => member.digest === absent) ?? { path: absent };
  const message = `the server does not hold ${path}${more.length === 0 ? '' : ` and ${more.length} more`}`;
  throw new DomainError('not-found', 'BLOB_NOT_FOUND', message);
}

/**
 * What was asked for to lie beside the core. What of it is not here is told all at once, each with its digest.
 * @throws DATA_MISSING, ENVIRONMENT_MISSING
 */
async function besideOf(
  artifacts: ArtifactStore,
  digest: Digest,
  wanted: Pick<proto.ExportBundleRequest, 'withData' | 'withEnvironment'>,
): Promise<readonly Beside[]> {
  if (!wanted.withData && !wanted.withEnvironment) return [];
  const manifest = parseManifest(await artifacts.read(digest));
  const lacking: Problem[] = [];
  const data = wanted.withData ? await dataOf(artifacts, manifest, lacking) : [];
  const environment = wanted.withEnvironment ? await environmentOf(artifacts, manifest, lacking) : [];
  const [first] = lacking;
  if (first === undefined) return distinct([...data, ...environment]);
  const named = lacking.slice(0, mostNamed).map(({ field, found }) => `${field} (${found})`);
  const more = lacking.length > mostNamed ? ` and ${lacking.length - mostNamed} more` : '';
  const message = `this server cannot put into the bundle: ${named.join(', ')}${more}; export without them, and supply them where it is reproduced`;
  throw new DomainError('rule', first.code, message, { problems: lacking });
}

async function environmentOf(
  artifacts: ArtifactStore,
  manifest: Manifest,
  lacking: Problem[],
): Promise<readonly Beside[]> {
  const blobs = await environmentBlobs(artifacts, manifest);
  if (blobs !== undefined) return blobs;
  const { environment } = manifest.pinned;
  const { name } = manifest.declared.environment;
  const isImage = environment.kind === 'image';
  lacking.push({
    ...{ code: 'ENVIRONMENT_MISSING', field: 'environment' },
    message: isImage ? `${name} is an image, which its registry keeps` : `${name} is not here`,
    found: isImage ? `${environment.image}@${environment.digest}` : environment.digest,
    fix: isImage
      ? 'leave it out; no executor of this release runs images'
      : 'supply it where the run is repeated',
  });
  return [];
}

/** Every blob of the data: of a tree its list and its files. */
async function dataOf(
  artifacts: ArtifactStore,
  manifest: Manifest,
  lacking: Problem[],
): Promise<readonly Beside[]> {
  const found = new Map<Digest, Beside>();
  const add = async (field: string, digest: Digest): Promise<boolean> => {
    const stat = found.has(digest) ? undefined : await artifacts.stat(digest);
    if (stat) found.set(digest, { digest, sizeBytes: stat.sizeBytes });
    else if (!found.has(digest))
      lacking.push({
        ...{ code: 'DATA_MISSING', field, message: 'is not here', found: digest },
        fix: 'supply it where the run is repeated',
      });
    return found.has(digest);
  };
  for (const { digest, kind, what } of requiredBlobs(manifest)) {
    if (what === 'code' || !(await add(what, digest)) || kind === 'file') continue;
    const { entries } = parseTree(await artifacts.read(digest, largestTreeBytes));
    for (const { path, digest: file, target } of entries)
      if (target === undefined) await add(`${what} (${path})`, file);
  }
  return [...found.values()];
}

const distinct = (blobs: readonly Beside[]): Beside[] => [
  ...new Map(blobs.map((blob) => [blob.digest, blob])).values(),
];
