// Where the checkout's own tools are, and how to start them on its own Node. Runs on any Node from 18 on.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/[\\/]$/, '');
export const inRoot = (...parts) => join(root, ...parts);

/** The Node 26 that `npm ci` brings. */
export const node26 = inRoot(
  'node_modules',
  'node',
  'bin',
  process.platform === 'win32' ? 'node.exe' : 'node',
);
export const hasNode26 = () => existsSync(node26);

/** Our tools first, so that a tool that starts `node` starts ours. */
export const toolEnv = () => ({
  ...process.env,
  PATH: [inRoot('node_modules', '.bin'), process.env.PATH].join(delimiter),
});

const stdioOf = { true: ['inherit', 'inherit'], false: ['pipe', 'pipe'], progress: ['ignore', 'inherit'] };
const running = new Set();

/** Sees to it that a child is told when this process is asked to end. */
export function track(child) {
  running.add(child);
  child.once('close', () => running.delete(child));
  return child;
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
  process.on(signal, () => {
    // A terminal sends ctrl-c to them too, and a second one would end them at once.
    for (const child of running) child.kill('SIGTERM');
    // A second one, or one with nothing to wait for, ends this process at once.
    if (running.size === 0) process.exit(130);
    running.clear();
    process.exitCode = 130;
  });

/**
 * Runs a command to its end.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ show?: boolean | 'progress', timeoutMs?: number, env?: object }} options `show` passes output on as it comes, or only what goes to stderr
 * @returns {Promise<{ status: number, output: string, tookMs: number }>} a signal or a failed start counts as status 1
 */
export function run(command, args, { show = false, timeoutMs, env = toolEnv() } = {}) {
  const startedAt = performance.now();
  return new Promise((resolve) => {
    let output = '';
    let timer;
    const child = track(
      spawn(command, args, { cwd: root, env, stdio: ['ignore', stdioOf[show][0], stdioOf[show][1]] }),
    );
    const end = (status, note = '') => {
      clearTimeout(timer);
      resolve({ status, output: output + note, tookMs: performance.now() - startedAt });
    };
    if (timeoutMs !== undefined)
      timer = setTimeout(() => {
        output += `\nstopped after ${Math.round(timeoutMs / 1000)} s without an end\n`;
        child.kill('SIGKILL');
      }, timeoutMs);
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (output += chunk));
    child.on('error', (error) => end(1, `cannot start ${command}: ${error.message}\n`));
    child.on('close', (status) => end(status ?? 1));
  });
}

/** A tool of node_modules, on Node 26. */
export const runTool = (script, args, options) =>
  run(node26, [inRoot('node_modules', script), ...args], options);
export const runScript = (script, args, options) =>
  run(node26, [inRoot('infra/scripts', script), ...args], options);
