import { createInterface } from 'node:readline/promises';
import { DomainError } from '#kernel';
import type { Session } from '../session.js';
import { flag, type Options } from '../verb.js';

/**
 * Goes on only when a person, or `-y`, says so.
 * @throws NOT_CONFIRMED when nobody can be asked, or the answer is no
 */
export async function confirm(
  { terminal, signal }: Session,
  options: Options,
  question: string,
): Promise<void> {
  if (flag(options, 'yes')) return;
  if (!process.stdin.isTTY || !terminal.interactive) {
    const message = `${question} nobody can be asked here; -y says yes`;
    throw new DomainError('invalid', 'NOT_CONFIRMED', message);
  }
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await lines.question(`${question} [y/N] `, { signal });
    if (/^y(es)?$/i.test(answer.trim())) return;
  } finally {
    lines.close();
  }
  throw new DomainError('invalid', 'NOT_CONFIRMED', 'nothing was done');
}
