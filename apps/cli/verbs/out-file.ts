import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { DomainError } from '#kernel';
import { isCode } from '../experiment/is-code.js';
import type { Session } from '../session.js';
import { text, type Options } from '../verb.js';
import { confirm } from '../output/confirm.js';

/**
 * Where `--out` says that a file goes; one that is there is replaced only when somebody says so.
 * @throws OUT_INVALID for what no file can have as its name; NOT_CONFIRMED
 */
export async function outFile(session: Session, options: Options): Promise<string> {
  const given = text(options, 'out') ?? '';
  if (given === '' || given === '-') throw noFile(given, 'names no file');
  const out = resolve(given);
  const found = await stat(out).catch(() => undefined);
  if (found?.isDirectory()) throw noFile(given, 'is a folder');
  if (found?.isFile() === false) throw noFile(given, 'is no file');
  if (found !== undefined) await confirm(session, options, `${out} is there already. Overwrite it?`);
  await sayIfCode(session, out);
  return out;
}

/** What is written into an experiment’s code makes it other code. */
export async function sayIfCode({ terminal }: Session, out: string): Promise<void> {
  if (await isCode(out))
    terminal.note(
      `${out} is part of an experiment’s code there, whose digest moves with it: name it in .holdfastignore, or write it elsewhere`,
    );
}

const noFile = (given: string, what: string): DomainError =>
  new DomainError(
    'invalid',
    'OUT_INVALID',
    `--out '${given}' ${what}; what arrives is checked before it has its name, so it goes to a file, not to a pipe or a device`,
  );
