import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Problem } from '#kernel';

export interface Checkout {
  readonly folder: string;
  /** Seconds since 1970 at which it was committed. */
  readonly committedAt: number;
  close(): Promise<void>;
}

const run = promisify(execFile);

/** No prompt, no hooks, no line endings of this machine, no transport that runs a command, no filter that fetches something else. */
const settings = [
  'core.hooksPath=/dev/null',
  'core.autocrlf=false',
  'core.symlinks=true',
  'protocol.ext.allow=never',
  'filter.lfs.smudge=',
  'filter.lfs.process=',
  'filter.lfs.required=false',
  'submodule.recurse=false',
  'advice.detachedHead=false',
].flatMap((setting) => ['-c', setting]);

/** Fetches one commit with the user's own `git` and lays it out in a temporary folder. */
export async function checkoutCommit(
  url: string,
  commit: string,
  options: { readonly env: NodeJS.ProcessEnv; readonly signal?: AbortSignal },
): Promise<{ readonly checkout?: Checkout; readonly problem?: Problem }> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-git-'));
  const close = () => rm(folder, { recursive: true, force: true });
  const env = { ...options.env, GIT_TERMINAL_PROMPT: '0', GIT_OPTIONAL_LOCKS: '0', LC_ALL: 'C.UTF-8' };
  const git = (...args: string[]) =>
    run('git', [...settings, ...args], {
      cwd: folder,
      env,
      maxBuffer: 2 ** 20,
      ...(options.signal ? { signal: options.signal } : {}),
    });
  try {
    await git('init', '--quiet');
    // Not every server gives a commit by its name; then its branches hold it.
    await git('fetch', '--quiet', '--no-tags', '--depth=1', '--', url, commit).catch(() =>
      git('fetch', '--quiet', '--no-tags', '--', url, '+refs/heads/*:refs/remotes/origin/*'),
    );
    await git('checkout', '--quiet', '--force', '--detach', commit, '--');
    const { stdout } = await git('show', '--no-patch', '--format=%ct', commit);
    return { checkout: { folder, committedAt: Number(stdout.trim()), close } };
  } catch (error) {
    await close();
    options.signal?.throwIfAborted();
    return { problem: problemOf(error, commit) };
  }
}

function problemOf(error: unknown, commit: string): Problem {
  const { code, stderr } = error as NodeJS.ErrnoException & { readonly stderr?: string };
  const problem = (code: string, message: string, fix: string): Problem => ({
    code,
    field: 'code.git',
    message,
    found: commit,
    fix,
  });
  if (code === 'ENOENT')
    return problem('GIT_MISSING', 'there is no git on this machine', 'install git, or use code: { path: … }');
  const said = (stderr ?? String(error)).trim().split('\n').at(-1)?.slice(0, 200) ?? '';
  return problem(
    'GIT_FAILED',
    `the commit cannot be fetched: ${said}`,
    'see that `git fetch` can read it here',
  );
}
