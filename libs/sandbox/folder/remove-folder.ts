import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { lstat, rm } from 'node:fs/promises';
import { removeSmall } from './remove-small.js';

/**
 * Removes a folder that a hostile process filled. Paths longer than the kernel takes, and folders without permissions,
 * defeat `fs.rm`; `rm` and `chmod` go down step by step and never follow a link.
 */
export async function removeFolder(path: string): Promise<void> {
  if (removeSmall(path)) return;
  try {
    await rm(path, { recursive: true, force: true });
  } catch (error) {
    if (!(await isThere(path))) return;
    await run('chmod', ['-R', 'u+rwX', path]);
    await run('rm', ['-rf', path]);
    if (await isThere(path)) throw error;
  }
}

const isThere = async (path: string): Promise<boolean> =>
  (await lstat(path).catch(() => undefined)) !== undefined;

async function run(tool: 'chmod' | 'rm', args: readonly string[]): Promise<void> {
  const child = spawn('/bin/sh', ['-c', `exec ${tool} "$@"`, 'sh', ...args], {
    stdio: 'ignore',
    env: { PATH: '/usr/bin:/bin' },
  });
  await once(child, 'close').catch(() => undefined);
}
