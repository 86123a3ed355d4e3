import { DomainError, isDomainError, type Digest, type Problem } from '#kernel';
import type { ArtifactStore } from '#artifact-store';
import { parseManifest, reproducibilityKey, requiredBlobs, type Manifest } from '#domain/manifest';
import { toProblem } from '#rpc';
import { positionToken, type CommandContext } from '#runtime';
import { missingBlobProblems } from '#service';
import type { RunRequest } from './run-request.js';
import type { Scheduler } from './scheduler.js';

/** What is to be run: whose version it is, and either its manifest or everything that prevents one. */
export interface Resolution {
  readonly namespace: string;
  readonly blueprint: { readonly name: string; readonly version: Digest };
  readonly manifest?: { readonly content: Manifest; readonly bytes: Uint8Array; readonly key: Digest };
  readonly problems: readonly Problem[];
}

/** @throws BLUEPRINT_NOT_FOUND, MANIFEST_NOT_FOUND, MANIFEST_INVALID, BLUEPRINT_REF_INVALID, and what keeps the registry from answering */
export function resolveRun(
  scheduler: Scheduler,
  request: RunRequest,
  what: NonNullable<RunRequest['what']>,
  context: CommandContext,
): Promise<Resolution> {
  return what.$case === 'blueprint'
    ? resolveBlueprint(scheduler, request, what.value, context)
    : readManifest(scheduler.runtime.engines.artifacts, what.value as Digest);
}

/** The registry is asked to know everything that was recorded before: a blueprint that was declared a moment ago is there. */
async function resolveBlueprint(
  { registry, runtime }: Scheduler,
  { namespace, overrides }: RunRequest,
  ref: string,
  { correlationId }: CommandContext,
): Promise<Resolution> {
  const { registry: client } = await registry.connection();
  const minPosition = positionToken(await runtime.engines.eventStore.head());
  const { blueprint, manifest, problems } = await client.resolve(
    { namespace, ref, overrides: Buffer.from(overrides) },
    { repeatable: true, correlationId, minPosition },
  );
  if (blueprint === undefined) throw new Error('the registry resolves to a version');
  const found = {
    namespace: blueprint.namespace,
    blueprint: {
      name: `${blueprint.namespace}/${blueprint.name}`,
      version: blueprint.version as Digest,
    },
    problems: problems.map(toProblem),
  };
  return problems.length > 0 ? found : { ...found, manifest: manifestOf(manifest) };
}

async function readManifest(artifacts: ArtifactStore, digest: Digest): Promise<Resolution> {
  const bytes = await artifacts.read(digest).catch((error: unknown) => {
    if (!isDomainError(error) || error.code !== 'BLOB_NOT_FOUND') throw error;
    const message = 'the server does not hold this manifest; upload it or import its bundle first';
    throw new DomainError('not-found', 'MANIFEST_NOT_FOUND', message);
  });
  const manifest = manifestOf(bytes);
  const { namespace, name, version } = manifest.content.declared.blueprint;
  const blueprint = { name: `${namespace}/${name}`, version };
  const problems = await missingBlobProblems(artifacts, requiredBlobs(manifest.content));
  return problems.length > 0
    ? { namespace, blueprint, problems }
    : { namespace, blueprint, manifest, problems };
}

function manifestOf(bytes: Uint8Array): NonNullable<Resolution['manifest']> {
  const content = parseManifest(bytes);
  return { content, bytes, key: reproducibilityKey(content) };
}
