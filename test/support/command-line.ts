import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { staying } from './staying.js';

export const checkout = fileURLToPath(new URL('../../../', import.meta.url));
export const bin = join(checkout, 'apps/cli/bin/holdfast.mjs');

/** PATH as a person has it: without the tools of this checkout. */
const pathOfUser = (process.env['PATH'] ?? '')
  .split(delimiter)
  .filter((folder) => !folder.includes('node_modules'))
  .join(delimiter);

/** A Node of this machine that is older than ours, as whoever types `npx` may have; undefined when there is none. */
export const olderNode = (() => {
  const env = { PATH: pathOfUser };
  const { status, stdout } = spawnSync('node', ['-p', 'process.versions.node + " " + process.execPath'], {
    env,
  });
  const [version = '', path] = String(stdout).trim().split(' ');
  return status === 0 && Number(version.split('.')[0]) < 26 ? path : undefined;
})();

/** One that the user of a step may reach, with what makes a virtual environment. */
export const python =
  spawnSync('/usr/bin/python3', ['-c', 'import venv']).status === 0 ? '/usr/bin/python3' : undefined;

/** For a test that types many commands, each a process: an end for what hangs where each takes half a minute. */
export const manyCommandsMs = 900_000;

/** Processes that know of a folder, and stay. */
export const processesOf = (folder: string): Promise<readonly string[]> =>
  staying(() =>
    spawnSync('ps', ['axeww', '-o', 'pid=,args='], { encoding: 'utf8', maxBuffer: 2 ** 26 })
      .stdout.split('\n')
      .filter((line) => line.includes(folder)),
  );

export interface Said {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A person at a machine where Holdfast was never used: an empty home, a folder of their own, no server. */
export interface Newcomer {
  readonly home: string;
  readonly folder: string;
  /** A file below the folder. */
  at(name: string): string;
  put(name: string, content: string | Uint8Array): void;
  read(name: string): string;
  /** Runs any program in the folder, by default, with nothing of this process's settings. */
  run(program: string, args: readonly string[], cwd?: string): Promise<Said>;
  /** `holdfast` as it is installed, on our Node; by name, in a shell, an older one starts it where there is one, for 80 ms of CPU more. */
  holdfast(...args: readonly string[]): Promise<Said>;
  /** `holdfast up` until the end of it is asked for: what is not about being without a server need not start one each time. */
  up(): Promise<() => Promise<void>>;
  /** Environment of all of this. */
  readonly env: Readonly<Record<string, string>>;
  /** Processes that know the home of this newcomer, and stay. */
  processes(): Promise<readonly string[]>;
  remove(): void;
}

/** @param example folder of `examples` that is copied, as it stands */
export function newcomer(example?: string): Newcomer {
  const root = mkdtempSync(join(tmpdir(), 'holdfast-newcomer-'));
  const [home, folder] = [join(root, 'home'), join(root, 'work')];
  for (const path of [root, home, folder]) {
    mkdirSync(path, { recursive: true });
    // Steps run as somebody else and must find their interpreter.
    chmodSync(path, 0o755);
  }
  if (example !== undefined) cpSync(join(checkout, 'examples', example), folder, { recursive: true });
  const env = { PATH: pathOfUser, HOME: home, LANG: 'C.UTF-8' };
  const at = (name: string) => join(folder, name);
  const servers = new Set<ChildProcess>();
  const run = async (program: string, args: readonly string[], cwd = folder): Promise<Said> => {
    const child = spawn(program, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let [stdout, stderr] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    const [status] = (await once(child, 'close')) as [number | null];
    return { status, stdout, stderr };
  };
  return {
    ...{ home, folder, env, at, run },
    put(name, content) {
      mkdirSync(dirname(at(name)), { recursive: true });
      writeFileSync(at(name), content);
    },
    read: (name) => readFileSync(at(name), 'utf8'),
    holdfast: (...args) => run(process.execPath, [bin, ...args]),
    async up() {
      const child = spawn(process.execPath, [bin, 'up'], {
        cwd: folder,
        env,
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      servers.add(child);
      const ended = once(child, 'close').then(() => void servers.delete(child));
      await Promise.race([once(child.stdout, 'data'), ended]);
      if (!servers.has(child))
        throw new Error(`holdfast up ended with ${child.exitCode ?? child.signalCode}`);
      return async () => {
        child.kill('SIGINT');
        await ended;
      };
    },
    processes: () => processesOf(root),
    remove() {
      // Left over by a test that failed.
      servers.forEach((child) => child.kill('SIGTERM'));
      rmSync(root, { recursive: true, force: true });
    },
  };
}
