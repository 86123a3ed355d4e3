import { mkdir, open, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { assertNoProblems, DomainError, epochMs, type Clock, type Digest } from '#kernel';
import { parseTree, treeManifest, treeSizeBytes } from '#evidence';
import type { provenance as proto } from '#contracts';
import { expectedOf } from '#bundle-file';
import { reproducibilityKey, requiredBlobs, type Manifest } from '#domain/manifest';
import type { ArtifactStore } from '#artifact-store';
import type { CallContext } from '#platform';
import { carriedOut } from '#runtime';
import { commandContext, largestTreeBytes, nameProblems, namespaceOf } from '#service';
import { toBundle } from './bundle.mapper.js';
import { bundleProjection } from './bundle.projection.js';
import { checkBundle, type CheckedBundle } from './imported-bundle.js';
import { environmentDigest, isEnvironmentHere } from './environment-blobs.js';
import type { Provenance } from './provenance.js';
import { bundleStream, outcomeOf, runStream } from './run-history.js';

const abandonedMs = 24 * 60 * 60 * 1000;

/**
 * Takes a bundle in: to a file of its own, then all of it is checked, then its bytes are kept, then it is recorded. When a check fails
 * nothing is kept.
 * @throws BUNDLE_INVALID with every problem; BUNDLE_TOO_LARGE; RUN_NOT_ENDED for a run of this server that goes on; BUNDLE_EXISTS
 */
export async function importBundle(
  provenance: Provenance,
  messages: AsyncIterable<proto.ImportBundleRequest>,
  context: CallContext,
): Promise<proto.ImportBundleResponse> {
  const { importsDir, chance, limits } = provenance;
  const path = join(importsDir, `${chance.uuid()}.bundle`);
  try {
    const namespace = await receive(path, messages, limits.maxImportBytes, context.signal);
    const checked = await checkBundle(path);
    try {
      return await keep(provenance, namespace, checked, context);
    } finally {
      checked.bundle.close();
    }
  } finally {
    await rm(path, { force: true });
  }
}

/** The folder for bundles that arrive; what a crash has left there goes. */
export async function openImportsDir(dir: string, clock: Clock): Promise<string> {
  await mkdir(dir, { recursive: true });
  for (const name of await readdir(dir)) {
    const path = join(dir, name);
    const { mtimeMs } = await stat(path);
    if (epochMs(clock.now()) - mtimeMs > abandonedMs) await rm(path, { force: true });
  }
  return dir;
}

async function receive(
  path: string,
  messages: AsyncIterable<proto.ImportBundleRequest>,
  maxBytes: number,
  signal: AbortSignal,
): Promise<string> {
  const file = await open(path, 'wx', 0o600);
  let namespace: string | undefined;
  let received = 0;
  try {
    for await (const message of messages) {
      if (signal.aborted) throw new DomainError('cancelled', 'CANCELLED', 'the caller has gone');
      if (namespace === undefined) {
        namespace = namespaceOf(message.namespace ?? '');
        assertNoProblems(nameProblems('namespace', namespace), 'INVALID_REQUEST');
      }
      received += message.data.length;
      if (received > maxBytes)
        throw new DomainError(
          'exhausted',
          'BUNDLE_TOO_LARGE',
          `more than the ${maxBytes} bytes allowed here`,
          {
            facts: { maxBytes },
          },
        );
      await file.appendFile(message.data).catch(full);
    }
  } finally {
    await file.close();
  }
  return namespace ?? namespaceOf('');
}

async function keep(
  provenance: Provenance,
  namespace: string,
  checked: CheckedBundle,
  context: CallContext,
): Promise<proto.ImportBundleResponse> {
  const { runtime, bundles } = provenance;
  const { artifacts, eventStore } = runtime.engines;
  const { bundle, run, manifest, manifestDigest, history } = checked;
  const stream = bundleStream(run);
  await refuseOfOwnRun(provenance, run);
  const kept = new Set<Digest>();
  for (const { name, digest } of expectedOf(bundle)) {
    if (kept.has(digest)) continue;
    const { signal } = context;
    await artifacts.put(await bundle.read(name), { expected: digest, signal, settleLater: true });
    kept.add(digest);
  }
  for (const bytes of [...checked.trees, treeManifest(bundle.core)])
    await artifacts.put(bytes, { settleLater: true });
  await artifacts.settle();
  const command = {
    type: 'RecordBundle',
    bundle: {
      type: 'BundleImported',
      namespace,
      run,
      core: bundle.coreDigest,
      members: bundle.core.entries.length,
      sizeBytes: treeSizeBytes(bundle.core),
      manifest: manifestDigest,
      reproducibilityKey: reproducibilityKey(manifest),
      outcome: outcomeOf(history),
      at: context.receivedAt,
    },
  } as const;
  const { reason: _, ...why } = commandContext(context, '');
  const { state } = await bundles.execute(stream, command, why);
  if (state.status !== 'sealed') throw new Error('a recorded bundle is sealed');
  const done = await carriedOut(eventStore, bundleProjection, stream, context.commandId);
  return {
    bundle: toBundle(state.bundle),
    missing: await missingBlobs(artifacts, manifest),
    position: done.position,
    created: done.changed,
  };
}

/** A run of this server gets its bundle from its own history; what comes from outside may only be the same. */
async function refuseOfOwnRun({ runtime, bundles }: Provenance, run: string): Promise<void> {
  const { state } = await bundles.load(bundleStream(run));
  if (state.status === 'sealed') return;
  for await (const batch of runtime.engines.eventStore.readStream(runStream(run), { limit: 1 }))
    if (batch.length > 0)
      throw new DomainError('rule', 'RUN_NOT_ENDED', `run ${run} is of this server, and not sealed yet`);
}

/** What must be supplied before the run can be repeated here: data, of data that are folders their files, and the environment. */
async function missingBlobs(artifacts: ArtifactStore, manifest: Manifest): Promise<Digest[]> {
  const required = requiredBlobs(manifest);
  const absent = new Set(await artifacts.missing([...new Set(required.map(({ digest }) => digest))]));
  for (const { digest, kind } of required) {
    if (kind === 'file' || absent.has(digest)) continue;
    const { entries } = parseTree(await artifacts.read(digest, largestTreeBytes));
    const files = entries.filter(({ target }) => target === undefined).map((entry) => entry.digest);
    for (const lost of await artifacts.missing([...new Set(files)])) absent.add(lost);
  }
  if (!(await isEnvironmentHere(artifacts, manifest))) absent.add(environmentDigest(manifest));
  return [...absent].sort();
}

function full(error: NodeJS.ErrnoException): never {
  if (error.code !== 'ENOSPC' && error.code !== 'EDQUOT') throw error;
  throw new DomainError('exhausted', 'STORAGE_FULL', 'the disk is full; free some space', { cause: error });
}
