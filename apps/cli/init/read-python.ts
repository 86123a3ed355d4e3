import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ScriptFacts, SyntaxFault } from './facts.js';

const reader = fileURLToPath(new URL('./assets/detect_python.py', import.meta.url));

/** Where a virtual environment usually is, relative to the script; undefined when there is none. */
export const findVenv = (folder: string): string | undefined =>
  ['.venv', 'venv', 'env'].find(
    (name) => existsSync(join(folder, name, 'pyvenv.cfg')) && existsSync(join(folder, name, 'bin', 'python')),
  );

/**
 * Facts of a Python script, by Python's own parser, which parses and runs nothing. Undefined when there is no Python.
 * @param folder where a virtual environment may be; its interpreter is asked first
 */
export function readPython(source: Buffer, folder: string): ScriptFacts | SyntaxFault | undefined {
  const venv = findVenv(folder);
  const candidates = [...(venv ? [join(folder, venv, 'bin', 'python')] : []), 'python3', 'python'];
  for (const python of candidates) {
    // Isolated and without site: nothing of the folder or of installed packages is imported.
    const { status, stdout } = spawnSync(python, ['-I', '-S', '-X', 'utf8', reader], {
      input: source,
      encoding: 'utf8',
      timeout: 20_000,
      maxBuffer: 16 * 1024 * 1024,
      cwd: '/',
    });
    if (status === 0) return JSON.parse(stdout) as ScriptFacts | SyntaxFault;
    if (status !== null && status !== 127)
      return { error: { message: 'Python cannot read it', line: 1, column: 1 } };
  }
  return undefined;
}
