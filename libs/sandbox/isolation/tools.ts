import { execFile } from 'node:child_process';
import { statSync } from 'node:fs';
import { access, constants } from 'node:fs/promises';
import { dirname, join } from 'node:path';

const places = ['/usr/bin', '/bin', '/usr/local/bin', '/usr/sbin', '/sbin'];

/** Where this host has a tool; undefined when it has not. */
export async function findTool(name: string): Promise<string | undefined> {
  for (const place of places) {
    const path = join(place, name);
    if (
      await access(path, constants.X_OK).then(
        () => true,
        () => false,
      )
    )
      return path;
  }
  return undefined;
}

/** What a tool says is evidence, or decides on a level: a busy machine must not change it. */
const longestMs = 30_000;

/** Runs a tool for at most half a minute with nothing in its environment. */
export const tryTool = (
  file: string,
  args: readonly string[],
  options: { readonly uid?: number; readonly gid?: number } = {},
): Promise<{ readonly ok: boolean; readonly text: string }> =>
  new Promise((resolve) => {
    execFile(file, args, { ...options, cwd: '/', env: {}, timeout: longestMs }, (error, stdout, stderr) =>
      resolve({ ok: error === null, text: (error === null ? stdout : stderr || error.message).trim() }),
    );
  });

/** Whether a user in no group of this host could read the file, or enter the folder, at this path. */
export function othersMayReach(path: string): boolean {
  let found;
  try {
    found = statSync(path);
  } catch {
    return false;
  }
  const needed = found.isDirectory() ? 0o001 : 0o005;
  if ((found.mode & needed) !== needed) return false;
  return path === '/' || othersMayReach(dirname(path));
}

let leavesNothing: Promise<boolean> | undefined;

/** Whether this host's shell, having forgotten what it can, adds no variable to the command it becomes; bash adds one. */
export const shellLeavesNothing = (): Promise<boolean> =>
  (leavesNothing ??= tryTool('/bin/sh', ['-c', 'unset PWD OLDPWD SHLVL; exec /usr/bin/env']).then(
    ({ ok, text }) => ok && text === '',
  ));

/**
 * Removes what a shell adds to the environment of the command it becomes. `env` would take a path with `=` for a setting.
 */
export const withoutShellVariables = (command: readonly string[]): string[] =>
  command[0]?.includes('=')
    ? [...command]
    : ['/usr/bin/env', '-u', 'PWD', '-u', 'OLDPWD', '-u', 'SHLVL', '-u', '_', ...command];
