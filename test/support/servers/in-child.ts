import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { inRoot } from './root.js';

/** A program that uses `infra/servers`, in a process of its own: it can be killed, and its environment is its own. */
export function inChild(program: string, env: Readonly<Record<string, string>> = {}) {
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    cwd: inRoot('.'),
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  /** @throws with what it said when it ended before */
  const line = async (): Promise<string> => {
    const next = await lines.next();
    if (next.done) throw new Error(`the program ended: ${stderr}`);
    return next.value;
  };
  const kill = async () => {
    const ended = once(child, 'exit');
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await ended;
  };
  return { line, kill };
}
