import { formatProblem, type Problem } from '#kernel';
import { facts } from '../output/table.js';
import { paint, printable, type Terminal } from '../output/terminal.js';
import { nounOf } from '../output/units.js';

interface Report {
  readonly proven: readonly string[];
  readonly notProven: readonly string[];
  readonly problems: readonly Problem[];
}

/** What checking a file gave, with trusted keys or without, for people: the verdict, what it is about, every problem, what was proven and what was not. */
export function evidenceText(
  terminal: Terminal,
  file: string,
  about: Parameters<typeof facts>[0],
  { proven, notProven, problems }: Report,
  isKeyed: boolean,
): string {
  const verdict =
    problems.length === 0
      ? paint(
          terminal,
          'green',
          isKeyed ? 'holds' : 'holds, but no signature was checked: no --key was given',
        )
      : paint(terminal, 'red', `does not hold: ${nounOf(problems.length, 'problem')}`);
  const told = facts(about);
  const lines = (title: string, texts: readonly string[]) =>
    texts.length === 0 ? [] : [title, ...texts.map((line) => `  ${printable(line)}`)];
  return [
    `${printable(file)}: ${verdict}`,
    ...(told === '' ? [] : [told]),
    ...lines('problems', problems.map(formatProblem)),
    ...lines('proven', proven),
    ...lines('not proven', notProven),
  ].join('\n');
}
