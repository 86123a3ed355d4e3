import type { ArtifactStore } from '#artifact-store';
import { placeDigest, readPlace, type Manifest } from '#domain/manifest';
import { environmentFailure, type EnvironmentSpec, type StepFailure } from '#sandbox';
import { restoreNode, restorePython } from './restored-environments.js';

export interface EnvironmentPlaces {
  readonly artifacts: ArtifactStore;
  /** The Node of this installation. */
  readonly nodePath: string;
  /** Where environments are put together that came with a bundle. */
  readonly environmentsDir: string;
}

type Found = { readonly environment: EnvironmentSpec } | { readonly failure: StepFailure };

/**
 * The pinned environment as this host has it; or put together from the artifact store, which has it when it came with a bundle; or why
 * there is none. What is found is compared by digest before every step, wherever it comes from.
 */
export async function findEnvironment(manifest: Manifest, places: EnvironmentPlaces): Promise<Found> {
  const here = await onHost(manifest, places);
  if ('environment' in here) return here;
  const restored = await restore(manifest, places);
  return restored ?? here;
}

async function onHost(manifest: Manifest, { artifacts, nodePath }: EnvironmentPlaces): Promise<Found> {
  const { pinned, declared } = manifest;
  const { name } = declared.environment;
  switch (pinned.environment.kind) {
    case 'node':
      return checked({ kind: 'node', nodePath, digest: pinned.environment.digest }, name, nodePath);
    case 'host-python': {
      const { interpreter, packages } = pinned.environment;
      const venvDir = await placeOf(manifest, artifacts);
      if (venvDir !== undefined)
        return checked({ kind: 'host-python', venvDir, interpreter, packages }, name, venvDir);
      const message = `nobody said where the environment ${name} is; register it with its location`;
      return { failure: { class: 'environment-mismatch', message } };
    }
    case 'image': {
      const { image, digest } = pinned.environment;
      const message = `${name} is the image ${image}@${digest}, and this executor does not run images; take an environment of the host, or a pool that runs images`;
      return { failure: { class: 'sandbox-unavailable', message } };
    }
  }
}

/** A failure is recorded for ever and goes into bundles: it names the environment, not where it lies. */
async function checked(environment: EnvironmentSpec, name: string, at: string): Promise<Found> {
  const failure = await environmentFailure(environment);
  if (failure === undefined) return { environment };
  return {
    failure: { ...failure, message: failure.message.replaceAll(at, `the place of the environment ${name}`) },
  };
}

/** What came with a bundle says nothing of this host. */
async function placeOf(manifest: Manifest, artifacts: ArtifactStore): Promise<string | undefined> {
  const digest = placeDigest(manifest);
  if (digest === undefined) return manifest.declared.environment.location;
  return (await artifacts.stat(digest)) === undefined ? undefined : readPlace(await artifacts.read(digest));
}

async function restore(
  { pinned, declared }: Manifest,
  places: EnvironmentPlaces,
): Promise<Found | undefined> {
  const { environment } = pinned;
  const { name } = declared.environment;
  if (environment.kind === 'node') {
    const nodePath = await restoreNode(places, environment.digest);
    if (nodePath === undefined) return undefined;
    return checked({ kind: 'node', nodePath, digest: environment.digest }, name, nodePath);
  }
  if (environment.kind !== 'host-python') return undefined;
  const { interpreter, packages } = environment;
  const venvDir = await restorePython(places, { interpreter, packages });
  if (venvDir === undefined) return undefined;
  return checked({ kind: 'host-python', venvDir, interpreter, packages }, name, venvDir);
}
