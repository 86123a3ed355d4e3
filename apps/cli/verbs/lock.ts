import type { Json } from '#kernel';
import { compareLock, type Lock } from '#domain/blueprint';
import { exitStatus } from '../exit-status.js';
import { lockHere } from '../experiment/lock-here.js';
import { movedFiles } from '../experiment/moved-files.js';
import { movedLines, pinnedText, readLock, writeLock } from '../experiment/lock-file.js';
import { readExperiment, shown } from '../experiment/read-experiment.js';
import { showOne } from '../output/format.js';
import { flag, type Action } from '../verb.js';

/** Pins everything, says what moved; with `--check` writes nothing and ends with 4 when something would move. */
export const lock: Action = async (session, [file], options) => {
  const { terminal, format, quiet } = session;
  const experiment = await readExperiment(file);
  const earlier = await readLock(experiment.lockFile);
  const locked = await lockHere(session, experiment, earlier.lock);
  await locked.close();
  const moved = earlier.lock === undefined ? undefined : compareLock(earlier.lock, locked.lock);
  const changes = moved === undefined || moved.length > 0;
  const onlyCheck = flag(options, 'check');
  if (changes && !onlyCheck) writeLock(experiment.lockFile, locked.lock);
  const name = shown(experiment.lockFile);
  const state = !changes
    ? 'unchanged'
    : onlyCheck
      ? 'would change'
      : earlier.exists
        ? 'rewritten'
        : 'written';
  const tree = earlier.lock?.code.tree;
  const files =
    tree !== undefined && tree !== locked.lock.code.tree && session.hasServer()
      ? await movedFiles(session, tree, locked.code.tree)
      : [];
  for (const { message } of earlier.problems) terminal.note(`${name} could not be read: ${message}`);
  if (quiet) terminal.out(locked.lock.code.tree);
  else
    await showOne(
      terminal,
      format,
      { file: name, state, moved: (moved ?? null) as Json, lock: locked.lock as unknown as Json },
      () => [`${name} ${state}`, ...summary(locked.lock, earlier.lock, files)].join('\n'),
    );
  return onlyCheck && changes ? exitStatus.difference : exitStatus.success;
};

/** What moved when there was a lock, else what is pinned. */
const summary = (now: Lock, earlier: Lock | undefined, files: readonly string[]): string[] =>
  earlier === undefined
    ? [pinnedText(now)]
    : [...movedLines(earlier, now), ...files].map((line) => `  ${line}`);
