import { chmodSync, chownSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SpareFolders } from './spare-folders.js';

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
  /** For a level that puts the interpreter there under the only name that `PATH` offers. */
  readonly bin: string;
}

/** Top-level names of the working folder that code must not have. */
export const reservedNames = ['inputs', 'outputs', 'params.json'] as const;

/**
 * Makes an empty step folder, or takes a spare one. With a `uid` the step owns `outputs` and `metrics`, may write to `tmp`, which
 * like any `/tmp` is root's, and only it and this server can enter; without one it is a mode away from writing everything,
 * which is found out afterwards. Blocking: some twenty calls, each of which takes less than handing it over.
 */
export function createStepFolder(root: string, uid: number | null, spare: SpareFolders): StepFolder {
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
  };
  if (uid === null || !spare.take(root)) {
    mkdirSync(root, { mode: 0o700 });
    for (const path of [work, folder.inputs]) makeFolder(path, 0o755);
    makeFolder(folder.tmp, uid === null ? 0o700 : 0o1770);
  }
  makeFolder(folder.outputs, 0o700);
  writeFileSync(folder.metrics, '', { flag: 'wx', mode: 0o600 });
  if (uid !== null) {
    const own = process.getuid?.() ?? 0;
    for (const path of [folder.outputs, folder.metrics]) chownSync(path, uid, uid);
    for (const path of [folder.tmp, root]) chownSync(path, own, uid);
    chmodSync(root, 0o710);
  }
  return folder;
}

/** With exactly this mode, whatever this process takes away from new files. */
export function makeFolder(path: string, mode: number): void {
  mkdirSync(path, { mode });
  if ((statSync(path).mode & 0o7777) !== mode) chmodSync(path, mode);
}
