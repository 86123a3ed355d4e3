import { chmod, chown, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { removeFolder } from './remove-folder.js';

/** The folder of one step on the host. Only `outputs`, `tmp` and `metrics` can be written by the step. */
export interface StepFolder {
  readonly root: string;
  /** The working folder: the code's files beside `inputs/`, `params.json` and `outputs/`. */
  readonly work: string;
  readonly inputs: string;
  readonly params: string;
  readonly outputs: string;
  readonly tmp: string;
  readonly metrics: string;
  /** Holds the interpreter under the only name that `PATH` offers. */
  readonly bin: string;
  /** A minimal `/etc` for a level that shows none of the host's. */
  readonly etc: string;
}

/** Top-level names of the working folder that code must not have. */
export const reservedNames = ['inputs', 'outputs', 'params.json'] as const;

/**
 * Makes an empty step folder. With a `uid` the step owns what it may write and nothing else, and only it and this server
 * can enter; without one it is a mode away from writing everything, which is found out afterwards.
 */
export async function createStepFolder(root: string, uid: number | null): Promise<StepFolder> {
  const work = join(root, 'work');
  const folder: StepFolder = {
    root,
    work,
    inputs: join(work, 'inputs'),
    params: join(work, 'params.json'),
    outputs: join(work, 'outputs'),
    tmp: join(root, 'tmp'),
    metrics: join(root, 'metrics.jsonl'),
    bin: join(root, 'bin'),
    etc: join(root, 'etc'),
  };
  await mkdir(root, { mode: 0o700 });
  for (const path of [work, folder.inputs, folder.outputs, folder.tmp, folder.bin, folder.etc]) {
    await mkdir(path);
    await chmod(path, 0o755);
  }
  await writeFile(folder.metrics, '', { flag: 'wx', mode: 0o600 });
  const user = uid ?? process.getuid?.() ?? 0;
  await writeFile(join(folder.etc, 'passwd'), `step:x:${user}:${user}:step:/work:/bin/false\n`);
  await writeFile(join(folder.etc, 'group'), `step:x:${user}:\n`);
  for (const path of [folder.outputs, folder.tmp, folder.metrics]) {
    await chmod(path, path === folder.metrics ? 0o600 : 0o700);
    if (uid !== null) await chown(path, uid, uid);
  }
  if (uid !== null) {
    await chown(root, process.getuid?.() ?? 0, uid);
    await chmod(root, 0o710);
  }
  return folder;
}

export const removeStepFolder = ({ root }: Pick<StepFolder, 'root'>): Promise<void> => removeFolder(root);
