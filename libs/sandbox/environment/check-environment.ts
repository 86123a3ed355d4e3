import { isDomainError, type Digest } from '#kernel';
import { StepFailed, toFailure, type StepFailure } from '../failure.js';
import type { EnvironmentSpec, FoundEnvironment } from './environment.js';
import { findHostPython, hostPythonEnvironment } from './host-python.js';
import { findNode, verifyNode } from './node.js';

/** Compares the environment on this host with the pinned one and says where it is. */
export async function checkEnvironment(spec: EnvironmentSpec): Promise<FoundEnvironment> {
  try {
    switch (spec.kind) {
      case 'node': {
        const { digest, found } = await verifyNode(spec.nodePath);
        refuseDifferences([['the Node executable', spec.digest, digest]]);
        return found;
      }
      case 'host-python': {
        const { lockFile } = spec;
        const found = await hostPythonEnvironment(spec.venvDir, lockFile === undefined ? {} : { lockFile });
        refuseDifferences([
          ['the Python interpreter', spec.interpreter, found.interpreter],
          ['the installed packages', spec.packages, found.packages],
          ...(spec.lock && found.lock ? [['the lock file', spec.lock, found.lock] as const] : []),
        ]);
        return await findHostPython(spec.venvDir);
      }
    }
  } catch (error) {
    if (isDomainError(error) && error.kind === 'not-found')
      throw new StepFailed('environment-mismatch', error.message, error);
    throw error;
  }
}

/** Where this host has the environment, whatever is in it by now. */
export const locateEnvironment = async (spec: EnvironmentSpec): Promise<FoundEnvironment> =>
  spec.kind === 'node' ? findNode(spec.nodePath) : findHostPython(spec.venvDir);

/** Why a step could not run in this environment here, found out ahead; undefined when it could. */
export const environmentFailure = (spec: EnvironmentSpec): Promise<StepFailure | undefined> =>
  checkEnvironment(spec).then(() => undefined, toFailure);

function refuseDifferences(parts: readonly (readonly [string, Digest, Digest])[]): void {
  const moved = parts.filter(([, pinned, found]) => pinned !== found);
  if (moved.length === 0) return;
  const what = moved.map(([name, pinned, found]) => `${name} is ${found}, pinned was ${pinned}`).join('; ');
  throw new StepFailed('environment-mismatch', what);
}
