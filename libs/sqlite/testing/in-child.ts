import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** Runs a script with arguments in a process of its own; what it says on stdout is told at its end. */
export function inChild(script: string, ...args: readonly string[]) {
  const child = spawn(process.execPath, ['-e', script, ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
  let out = '';
  child.stdout.on('data', (text: Buffer) => (out += text.toString()));
  const ended = once(child, 'close').then(([, signal]) => ({ signal: signal as string | null, out }));
  return { child, ended };
}
