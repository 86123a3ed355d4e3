import { assertNoProblems, DomainError, type Digest } from '#kernel';
import { parseTree, type Tree } from '#evidence';
import type { provenance as proto } from '#contracts';
import type { ArtifactStore } from '#artifact-store';
import { writeBundle } from '#bundle-file';
import { parseManifest, requiredBlobs } from '#domain/manifest';
import type { CallContext } from '#platform';
import { messageBytes } from '#runtime';
import { largestTreeBytes, reasonProblems } from '#service';
import { environmentBlobs } from './environment-blobs.js';
import { getBundle } from './get-bundle.js';
import { logProofs } from './log-proofs.js';
import { takeNamedEdition } from './named-edition.js';
import type { Provenance } from './provenance.js';
import { tellingDisposal } from './retention/disposals-of.js';

type Beside = { readonly digest: Digest; readonly sizeBytes: number };

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
  const beside = request.withData
    ? await tellingDisposal(provenance, sealed.run, () => dataOf(artifacts, sealed.manifest))
    : [];
  const environment = request.withEnvironment ? await environmentOf(artifacts, sealed.manifest) : [];
  const proofs = request.withoutProofs
    ? { missing: 'they were not asked for' }
    : await logProofs(provenance, sealed.run, context);
  const named = isNamed ? await takeNamedEdition(provenance, sealed, reason, context) : undefined;
  let totalBytes: number | undefined;
  const file = writeBundle({
    core,
    beside: [...new Map([...beside, ...environment].map((blob) => [blob.digest, blob])).values()],
    proofs: 'files' in proofs ? proofs.files : [],
    ...(named === undefined ? {} : { named }),
    open: (digest) => artifacts.get(digest),
    onSize: (bytes) => (totalBytes = bytes),
  });
  let first = true;
  for await (const bytes of file)
    for (let at = 0; at < bytes.length; at += messageBytes) {
      if (context.signal.aborted) throw new DomainError('cancelled', 'CANCELLED', 'the caller has gone');
      const data = Buffer.from(bytes.subarray(at, at + messageBytes));
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

/** @throws ENVIRONMENT_MISSING */
async function environmentOf(artifacts: ArtifactStore, digest: Digest): Promise<readonly Beside[]> {
  const manifest = parseManifest(await artifacts.read(digest));
  const blobs = await environmentBlobs(artifacts, manifest);
  if (blobs !== undefined) return blobs;
  const { kind } = manifest.pinned.environment;
  const message =
    kind === 'image'
      ? 'the environment is an image, which its registry keeps by digest; export without it'
      : `this server does not have the environment ${manifest.declared.environment.name}; export without it`;
  throw new DomainError('rule', 'ENVIRONMENT_MISSING', message);
}

/** Every blob of the data: of a tree its list and its files. */
async function dataOf(artifacts: ArtifactStore, digest: Digest): Promise<readonly Beside[]> {
  const manifest = parseManifest(await artifacts.read(digest));
  const data = requiredBlobs(manifest).filter(({ what }) => what !== 'code');
  const found = new Map<Digest, number>();
  const lost: string[] = [];
  const add = async (what: string, blob: Digest): Promise<boolean> => {
    const stat = found.has(blob) ? undefined : await artifacts.stat(blob);
    if (stat) found.set(blob, stat.sizeBytes);
    else if (!found.has(blob)) lost.push(what);
    return found.has(blob);
  };
  for (const { digest: blob, kind, what } of data) {
    if (!(await add(what, blob)) || kind === 'file') continue;
    const { entries } = parseTree(await artifacts.read(blob, largestTreeBytes));
    for (const { path, digest: file, target } of entries)
      if (target === undefined) await add(`${what} (${path})`, file);
  }
  if (lost.length > 0) {
    const message = `this server does not hold the bytes of ${lost.slice(0, 5).join(', ')}; export without data`;
    throw new DomainError('rule', 'DATA_MISSING', message);
  }
  return [...found].map(([blob, sizeBytes]) => ({ digest: blob, sizeBytes }));
}
