import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A file system for one process needs the right to mount, which tests do not have everywhere. */
export const mayMount = spawnSync('unshare', ['--mount', 'true']).status === 0;

/** Runs a script whose first argument is a file system of 3 MiB that only it sees. */
export async function onSmallDisk(
  script: string,
): Promise<{ readonly stdout: string; readonly stderr: string }> {
  const home = await mkdtemp(join(tmpdir(), 'holdfast-full-'));
  const [dir, file] = [join(home, 'small'), join(home, 'script.mjs')];
  await mkdir(dir);
  await writeFile(file, script);
  const mounted = 'mount -t tmpfs -o size=3m tmpfs "$1" && exec "$2" "$3" "$1"';
  const arguments_ = ['--mount', 'sh', '-c', mounted, 'sh', dir, process.execPath, file];
  const { stdout, stderr } = spawnSync('unshare', arguments_, { encoding: 'utf8', timeout: 150_000 });
  await rm(home, { recursive: true, force: true });
  return { stdout, stderr };
}
