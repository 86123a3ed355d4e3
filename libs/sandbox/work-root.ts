import { chmod, lstat, mkdir, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { DomainError } from '#kernel';
import { digestBytes } from '#evidence';
import { removeFolder } from './folder/remove-folder.js';
import { othersMayReach } from './isolation/tools.js';

/** Where step folders are made. */
export interface WorkRoot {
  readonly steps: string;
  readonly runtime: string;
  /** These hold one folder for each sandbox. */
  readonly inputs: string;
  readonly spare: string;
  /** Removes what is empty or can be made again. */
  close(): Promise<void>;
}

/**
 * Within the scratch folder; or, when steps run as another user that could not enter there, in the system's folder for
 * temporary files under a name that follows from the scratch folder.
 * @throws SCRATCH_UNSAFE
 */
export async function openWorkRoot(scratchDir: string, otherUser: boolean): Promise<WorkRoot> {
  await mkdir(scratchDir, { recursive: true });
  const outside = otherUser && !othersMayReach(scratchDir);
  const root = outside ? await safeFolder(alternativeRoot(scratchDir)) : scratchDir;
  const steps = join(root, 'steps');
  await mkdir(steps, { recursive: true });
  if (otherUser) await chmod(steps, 0o711);
  return {
    steps,
    runtime: join(root, 'runtime'),
    inputs: join(root, 'inputs'),
    spare: join(root, 'spare'),
    async close() {
      // Another sandbox on the same folder may still have steps.
      if (
        !(await rmdir(steps).then(
          () => true,
          () => false,
        ))
      )
        return;
      await removeFolder(join(root, 'runtime'));
      for (const name of ['inputs', 'spare']) await rmdir(join(root, name)).catch(() => undefined);
      if (outside) await rmdir(root).catch(() => undefined);
    },
  };
}

/** Where the steps of a scratch folder are that only this server may enter. */
export const alternativeRoot = (scratchDir: string): string =>
  join(tmpdir(), `holdfast-${digestBytes(resolve(scratchDir)).slice('sha256:'.length, -48)}`);

/** In a folder that everyone may write to, someone else could have been first. */
async function safeFolder(path: string): Promise<string> {
  await mkdir(path, { mode: 0o711 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  if (!(await isOurs(path)))
    throw new DomainError('unavailable', 'SCRATCH_UNSAFE', `${path} belongs to someone else; remove it`);
  await chmod(path, 0o711);
  return path;
}

/** A real folder that belongs to this user: nobody else can have put a link there. */
export async function isOurs(path: string): Promise<boolean> {
  const found = await lstat(path).catch(() => undefined);
  return found?.isDirectory() === true && found.uid === process.getuid?.();
}
