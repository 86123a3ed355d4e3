import { access, constants, lstat, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { StepFailed } from './failure.js';
import type { Level, StepPlace } from './isolation/level.js';

/**
 * The command with its first word made absolute, as the step will see it: a name that the environment holds, or an executable
 * file of the code. The host's `PATH` has no say.
 */
export async function resolveCommand(place: StepPlace, level: Level): Promise<string[]> {
  const [name = '', ...rest] = place.spec.argv;
  const { work, bin } = level.pathsOf(place);
  if (name.includes('/')) {
    const path = name.replace(/^\.\//, '');
    const found = await lstat(join(place.folder.work, path)).catch(() => undefined);
    if (!found?.isFile()) throw notFound(name, 'the code has no such file');
    if ((found.mode & 0o111) === 0)
      throw notFound(name, 'that file of the code is not executable (mode 100755)');
    return [join(work, path), ...rest];
  }
  const { only, binDir } = place.environment;
  if (only !== undefined) {
    if (name !== only.name) throw notFound(name, `this environment has only ${only.name}`);
  } else {
    const path = join(binDir, name);
    const runs = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (!runs || !(await stat(path)).isFile()) throw notFound(name, 'the environment has no such command');
  }
  return [join(bin, name), ...rest];
}

const notFound = (name: string, why: string): StepFailed =>
  new StepFailed('command-not-found', `${name}: ${why}; the host's PATH is not searched`);
