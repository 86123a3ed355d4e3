import { DomainError } from '#kernel';
import { completionScript, shells } from '../completion/scripts.js';
import { wordsOf } from '../completion/words.js';
import { exitStatus } from '../exit-status.js';
import type { Action } from '../verb.js';

/** A script for the shell, made from the table of verbs. */
export const completion: Action = async ({ terminal }, [given = '']) => {
  const shell = shells.find((known) => known === given);
  if (shell === undefined) {
    const message = `completion is for ${shells.join(', ')}; found ${given.slice(0, 40)}`;
    throw new DomainError('invalid', 'SHELL_UNKNOWN', message);
  }
  const { groups, verbs } = await import('./index.js');
  terminal.out(completionScript(shell, wordsOf(verbs, groups)));
  return exitStatus.success;
};
