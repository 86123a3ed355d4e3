import { isDigest, isDomainError, type Digest, type JsonObject } from '#kernel';
import { canonicalBytes } from '#evidence';
import type { ArtifactStore } from '#artifact-store';
import { parseManifest, reproducibilityKey, requiredBlobs, type Manifest } from '#domain/manifest';
import { captureFingerprint, type EnvironmentSpec, type StepFailure } from '#sandbox';
import { levelFor, type SandboxLevel } from '../host/isolation.js';
import type { Sandboxes } from '../host/sandboxes.js';
import { readSecret, writtenSecret } from '../host/secrets.js';
import { findEnvironment } from '../host/step-environment.js';
import type { DataInputs } from './data-inputs.js';
import { failureOf } from './failure-of.js';
import type { StepSurroundings } from './compose-step.js';

/** What an attempt finds on its host. */
export interface Host {
  readonly artifacts: ArtifactStore;
  readonly sandboxes: Sandboxes;
  readonly dataInputs: DataInputs;
  readonly secretsDir: string | undefined;
  /** The Node of this installation. */
  readonly nodePath: string;
  /** Where environments are put together that came with a bundle. */
  readonly environmentsDir: string;
  readonly architecture: string;
}

/** An attempt that can begin. */
export interface Prepared extends StepSurroundings {
  readonly level: SandboxLevel;
  readonly folds: Digest | undefined;
  readonly fingerprint: { readonly digest: Digest; readonly sections: Readonly<Record<string, Digest>> };
  /** For the record. */
  readonly isolation: JsonObject;
  readonly hostNotIsolated: boolean;
}

/** Reads the manifest, and looks for everything that would keep its steps from running here: all of it in one failure. */
export async function prepareAttempt(
  digest: string,
  host: Host,
): Promise<Prepared | { readonly failure: StepFailure }> {
  const read = await readManifest(digest, host.artifacts);
  if ('failure' in read) return read;
  const { manifest } = read;
  const { pinned } = manifest;
  const chosen = levelFor(pinned.isolation, host.sandboxes.offered);
  const [found, secrets, absent, data] = await Promise.all([
    findEnvironment(manifest, host),
    readSecrets(manifest, host.secretsDir),
    absentBlobs(manifest, host.artifacts),
    partitionData(manifest, host.dataInputs),
  ]);
  const failures: StepFailure[] = [
    ...('failure' in found ? [found.failure] : []),
    ...('why' in chosen ? [{ class: 'sandbox-unavailable', message: chosen.why } as const] : []),
    ...otherArchitecture(pinned.architecture, host.architecture),
    ...secrets.failures,
    ...absent,
    // Rows that are not there have been told of.
    ...('failure' in data && absent.length === 0 ? [data.failure] : []),
  ];
  if (failures.length > 0 || 'failure' in found || 'why' in chosen || 'failure' in data)
    return { failure: together(failures) };
  const { environment } = found;
  const sandbox = await host.sandboxes.at(chosen.level);
  const isolated = await sandbox.isolationFor(environment, pinned.determinism.network);
  if ('failure' in isolated) return isolated;
  return {
    manifest,
    runKey: reproducibilityKey(manifest),
    environment,
    secrets: secrets.values,
    level: chosen.level,
    folds: data.folds,
    fingerprint: await keepFingerprint(environment, host.artifacts),
    isolation: isolated.isolation,
    hostNotIsolated: !isolated.isolation.isolated,
  };
}

async function readManifest(
  digest: string,
  artifacts: ArtifactStore,
): Promise<{ readonly manifest: Manifest } | { readonly failure: StepFailure }> {
  try {
    if (!isDigest(digest)) throw new Error('it is not named by a digest');
    return { manifest: parseManifest(await artifacts.read(digest)) };
  } catch (error) {
    return { failure: failureOf(error, 'input-corrupt', 'the manifest cannot be read') };
  }
}

function otherArchitecture(pinned: string, here: string): StepFailure[] {
  if (pinned === here) return [];
  return [
    { class: 'sandbox-unavailable', message: `the run is pinned to ${pinned}, and this host is ${here}` },
  ];
}

async function readSecrets({ pinned }: Manifest, dir: string | undefined) {
  const values: Record<string, string> = {};
  const failures: StepFailure[] = [];
  for (const [name, secret] of Object.entries(pinned.secrets)) {
    const read = await readSecret(dir, secret);
    if ('value' in read) values[name] = read.value;
    else
      failures.push({
        class: 'secret-missing',
        message: `the secret ${writtenSecret(secret)}: ${read.missing}`,
      });
  }
  return { values, failures };
}

async function absentBlobs(manifest: Manifest, artifacts: ArtifactStore): Promise<StepFailure[]> {
  const required = requiredBlobs(manifest);
  const missing = new Set(await artifacts.missing(required.map(({ digest }) => digest)));
  const absent = required.filter(({ digest }) => missing.has(digest));
  if (absent.length === 0) return [];
  const names = absent.map(({ what, digest }) => `${what} (${digest})`).join(', ');
  return [{ class: 'input-corrupt', message: `not in the artifact store: ${names}` }];
}

/** What is wrong with the rows belongs to the run, not to Holdfast. */
async function partitionData(manifest: Manifest, inputs: DataInputs) {
  try {
    return await inputs.of(manifest);
  } catch (error) {
    const own = isDomainError(error) && error.kind === 'invalid';
    const doing = 'the rows cannot be taken as declared';
    return { failure: failureOf(error, own ? 'partition-invalid' : 'internal', doing) };
  }
}

/** One failure of the first one's class that says all of them. */
const together = ([first, ...others]: readonly StepFailure[]): StepFailure => ({
  class: first?.class ?? 'internal',
  message: [first, ...others].map((failure) => failure?.message).join('; '),
});

async function keepFingerprint(environment: EnvironmentSpec, artifacts: ArtifactStore) {
  const { document, digest, sections } = await captureFingerprint({ environment });
  await artifacts.put(canonicalBytes(document), { expected: digest });
  return { digest, sections };
}
