import { realpathSync } from 'node:fs';
import { DomainError, type Digest } from '#kernel';
import type { FoundEnvironment } from './environment.js';
import { fileDigest } from './file-digest.js';

const innerBinDir = '/opt/node/bin';

/**
 * What pins a Node environment: the digest of its executable.
 * @throws ENVIRONMENT_NOT_FOUND
 */
export async function nodeEnvironment(nodePath: string): Promise<{ readonly digest: Digest }> {
  try {
    return { digest: await fileDigest(realpathSync.native(nodePath)) };
  } catch (cause) {
    throw new DomainError(
      'not-found',
      'ENVIRONMENT_NOT_FOUND',
      `there is no Node executable at ${nodePath}`,
      {
        cause,
      },
    );
  }
}

/** Only `node` itself: what lies beside it on this host is not part of the environment. */
export function findNode(nodePath: string): FoundEnvironment {
  const path = realpathSync.native(nodePath);
  return {
    binDir: '',
    only: { name: 'node', path },
    mounts: [{ source: path, target: `${innerBinDir}/node` }],
    innerBinDir,
  };
}
