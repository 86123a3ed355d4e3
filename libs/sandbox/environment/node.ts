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
  const { digest } = await verifyNode(nodePath);
  return { digest };
}

/**
 * Only `node` itself: what lies beside it on this host is not part of the environment.
 * @throws ENVIRONMENT_NOT_FOUND
 */
export async function verifyNode(
  nodePath: string,
): Promise<{ readonly digest: Digest; readonly found: FoundEnvironment }> {
  try {
    const path = realpathSync.native(nodePath);
    return { digest: await fileDigest(path), found: foundAt(path) };
  } catch (cause) {
    const message = `there is no Node executable at ${nodePath}`;
    throw new DomainError('not-found', 'ENVIRONMENT_NOT_FOUND', message, { cause });
  }
}

export const findNode = (nodePath: string): FoundEnvironment => foundAt(realpathSync.native(nodePath));

const foundAt = (path: string): FoundEnvironment => ({
  binDir: '',
  only: { name: 'node', path },
  mounts: [{ source: path, target: `${innerBinDir}/node` }],
  innerBinDir,
});
