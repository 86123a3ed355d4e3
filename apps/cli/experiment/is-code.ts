import { stat } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { ignoreOf } from './lock-code.js';
import { defaultFile, readExperiment } from './read-experiment.js';

/** Whether a file that is to be written would be part of the code of the experiment around it. */
export async function isCode(path: string): Promise<boolean> {
  const folder = await experimentAround(dirname(path));
  if (folder === undefined) return false;
  // One that does not hold is told of by whoever runs it.
  const experiment = await readExperiment(folder).catch(() => undefined);
  if (experiment === undefined || 'git' in experiment.blueprint.code) return false;
  const isInside = !relative(join(folder, experiment.blueprint.code.path), path).startsWith('..');
  if (!isInside) return false;
  const { ignore } = await ignoreOf(experiment);
  const steps = relative(folder, path).split('/');
  return steps.every((_, i) => !ignore.ignores(steps.slice(0, i + 1).join('/'), i + 1 < steps.length));
}

async function experimentAround(folder: string): Promise<string | undefined> {
  const found = await stat(join(folder, defaultFile)).catch(() => undefined);
  if (found?.isFile()) return folder;
  return dirname(folder) === folder ? undefined : experimentAround(dirname(folder));
}
