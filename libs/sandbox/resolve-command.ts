import { accessSync, constants, lstatSync, statSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import { StepFailed } from './failure.js';
import type { StepPlace } from './isolation/level.js';

/** Path within the code, when the command is a file of it. */
const pathInCode = (name: string): string | undefined =>
  name.includes('/') ? name.replace(/^\.\//, '') : undefined;

/** The command with its first word made absolute, as the step will see it; {@link checkCommand} says whether it is there. */
export function commandOf({ spec, paths: { work, bin } }: StepPlace): string[] {
  const [name = '', ...rest] = spec.argv;
  const inCode = pathInCode(name);
  return [inCode === undefined ? join(bin, name) : join(work, inCode), ...rest];
}

/**
 * A command is a name that the environment holds, or an executable file of the code. The host's `PATH` has no say.
 * @throws StepFailed `command-not-found`
 */
export function checkCommand({ spec, folder, environment }: StepPlace): void {
  const [name = ''] = spec.argv;
  const inCode = pathInCode(name);
  if (inCode !== undefined) {
    const found = foundAt(join(folder.work, inCode), lstatSync);
    if (!found?.isFile()) throw notFound(name, 'the code has no such file');
    if ((found.mode & 0o111) === 0)
      throw notFound(name, 'that file of the code is not executable (mode 100755)');
    return;
  }
  const { only, binDir } = environment;
  if (only !== undefined) {
    if (name !== only.name) throw notFound(name, `this environment has only ${only.name}`);
    return;
  }
  const path = join(binDir, name);
  if (!foundAt(path, statSync)?.isFile() || !mayRun(path))
    throw notFound(name, 'the environment has no such command');
}

function foundAt(path: string, look: (path: string) => Stats): Stats | undefined {
  try {
    return look(path);
  } catch {
    return undefined;
  }
}

function mayRun(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

const notFound = (name: string, why: string): StepFailed =>
  new StepFailed('command-not-found', `${name}: ${why}; the host's PATH is not searched`);
