import type { Manifest } from '#domain/manifest';
import { environmentFailure, type EnvironmentSpec, type StepFailure } from '#sandbox';

/** The pinned environment as this host has it, or why it has not. */
export async function findEnvironment(
  { pinned, declared }: Manifest,
  nodePath: string,
): Promise<{ readonly environment: EnvironmentSpec } | { readonly failure: StepFailure }> {
  const found = place(pinned.environment, declared.environment, nodePath);
  if ('failure' in found) return found;
  const failure = await environmentFailure(found.environment);
  return failure === undefined ? found : { failure };
}

function place(
  pinned: Manifest['pinned']['environment'],
  { name, location }: Manifest['declared']['environment'],
  nodePath: string,
): { readonly environment: EnvironmentSpec } | { readonly failure: StepFailure } {
  switch (pinned.kind) {
    case 'node':
      return { environment: { kind: 'node', nodePath, digest: pinned.digest } };
    case 'host-python': {
      const { interpreter, packages } = pinned;
      if (location !== undefined)
        return { environment: { kind: 'host-python', venvDir: location, interpreter, packages } };
      const message = `nobody said where the environment ${name} is; register it with its location`;
      return { failure: { class: 'environment-mismatch', message } };
    }
    case 'image': {
      const message = `${name} is the image ${pinned.image}@${pinned.digest}, and this executor does not run images; take an environment of the host, or a pool that runs images`;
      return { failure: { class: 'sandbox-unavailable', message } };
    }
  }
}
