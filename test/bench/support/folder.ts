import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder of one program; below it steps that run as somebody else must find theirs. */
export async function temporaryFolder(name: string) {
  const dir = await mkdtemp(join(tmpdir(), `holdfast-bench-${name}-`));
  await chmod(dir, 0o755);
  return {
    dir,
    at: (...parts: readonly string[]) => join(dir, ...parts),
    remove: () => rm(dir, { recursive: true, force: true }),
  };
}
