import type { Problem } from '#kernel';
import { matches, nameParts, type Part } from './wildcard.js';

interface Rule {
  readonly parts: readonly Part<readonly string[]>[];
  readonly folderOnly: boolean;
  readonly keeps: boolean;
}

/** Which files of a folder are left out; the last rule that matches decides. */
export interface Ignore {
  /** `path` relative to the folder of the rules, `/` between names. */
  ignores(path: string, isFolder: boolean): boolean;
}

export const ignoreFile = '.holdfastignore';

/**
 * Left out of every tree of code, before the rules of its `.holdfastignore`, which may take them in again (`!node_modules/`).
 * Nothing here is written by the experiment's author.
 */
export const alwaysIgnored: readonly string[] = [
  '.git',
  '.hg/',
  '.svn/',
  '.holdfast/',
  'holdfast-data/',
  '*.holdfast',
  '*.holdfast.part',
  'holdfast.pub',
  'holdfast.pem',
  'node_modules/',
  '.venv/',
  '__pycache__/',
  '*.pyc',
  '.DS_Store',
  `/${ignoreFile}`,
];

const mostRules = 1000;

/**
 * Reads rules, one a line, as git reads them: `#` begins a comment, `!` takes in again, `/` at the end means folders, `/` before or
 * within means from the top, `*` `?` `[a-z]` within a name, `**` across folders, `\` before a character meant as itself.
 */
export function parseIgnore(
  text: string,
  options: { readonly file?: string; readonly before?: readonly string[] } = {},
): { readonly ignore: Ignore; readonly problems: readonly Problem[] } {
  const { file = ignoreFile, before = [] } = options;
  const problems: Problem[] = [];
  const report = (line: number, message: string, fix: string) =>
    problems.push({
      code: 'IGNORE_INVALID',
      field: '',
      message,
      fix,
      place: { file, line, column: 1 },
    });
  const lines = text.replace(/^\ufeff/, '').split(/\r?\n/);
  const written = lines.flatMap((line, i) => {
    const pattern = line.replace(/(?<!\\)[ \t]+$/, '');
    return pattern === '' || pattern.startsWith('#') ? [] : [{ pattern, line: i + 1 }];
  });
  if (written.length > mostRules)
    report(written[mostRules]?.line ?? 1, `more than ${mostRules} rules`, 'write fewer, wider ones');
  const rules = written.slice(0, mostRules).flatMap(({ pattern, line }) => {
    const rule = readRule(pattern);
    if (rule === undefined)
      report(line, 'the rule is not complete', 'close the bracket, or put \\ before it');
    return rule ?? [];
  });
  return { ignore: ignoreBy([...before.flatMap((pattern) => readRule(pattern) ?? []), ...rules]), problems };
}

const ignoreBy = (rules: readonly Rule[]): Ignore => ({
  ignores(path, isFolder) {
    const names = path.split('/').map((name) => [...name]);
    const last = rules.findLast(
      ({ parts, folderOnly }) => (isFolder || !folderOnly) && matches(parts, names),
    );
    return last !== undefined && !last.keeps;
  },
});

const anywhere = { any: true } as const;

function readRule(text: string): Rule | undefined {
  const keeps = text.startsWith('!');
  const pattern = keeps ? text.slice(1) : text;
  const folderOnly = pattern.endsWith('/');
  const path = pattern.replace(/\/+$/, '');
  const names = path.split('/').filter((name) => name !== '');
  const parts = names.map((name) => (name === '**' ? anywhere : namePart(name)));
  if (names.length === 0 || parts.includes(undefined)) return undefined;
  // `a/**` is everything inside a, not a itself.
  const inside = parts.at(-1) === anywhere ? [...parts, namePart('*')] : parts;
  const anchored = path.includes('/') ? inside : [anywhere, ...inside];
  return { parts: anchored as Part<readonly string[]>[], folderOnly, keeps };
}

function namePart(name: string): Part<readonly string[]> | undefined {
  const parts = nameParts(name);
  return parts && { takes: (chars) => matches(parts, chars) };
}
