import type { Problem } from '#kernel';
import { visible } from '#domain/declaration';

export type Token = {
  /** `end` stands after the last. */
  readonly kind: 'word' | 'column' | 'text' | 'number' | 'operator' | '(' | ')' | ',' | 'end';
  /** Without quotes. */
  readonly text: string;
  /** First character in the source, from 1. */
  readonly at: number;
};

export const operators = ['=', '!=', '<', '<=', '>', '>='] as const;
export type Operator = (typeof operators)[number];

/** What people write out of habit, and what it is here. */
const habits: Readonly<Record<string, string>> = {
  '==': '=',
  '===': '=',
  '<>': '!=',
  '!': 'not',
  '&&': 'and',
  '||': 'or',
  '&': 'and',
  '|': 'or',
};

const space = /\s+/y;
const word = /[A-Za-z_][A-Za-z0-9_.-]*/y;
const number = /[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?/y;
const quoted = /'((?:[^']|'')*)'|"((?:[^"]|"")*)"|`((?:[^`]|``)+)`/y;
const sign = /[(),]/y;
const operator = /[=!<>&|]+/y;

export type Report = (at: number, message: string, fix: string, found?: string) => void;

export const reporter =
  (field: string, problems: Problem[]): Report =>
  (at, message, fix, found) => {
    const shown = found === undefined ? {} : { found: visible(found) };
    problems.push({
      code: 'WHERE_INVALID',
      field,
      message: `at character ${at}: ${message}`,
      ...shown,
      fix,
    });
  };

/** The lexemes of a filter; what is none is reported and left out. */
export function tokensOf(source: string, report: Report): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const found = pattern.exec(source);
    if (found) at = pattern.lastIndex;
    return found;
  };
  while (at < source.length) {
    const start = at + 1;
    const push = (kind: Token['kind'], text: string) => tokens.push({ kind, text, at: start });
    let found: RegExpExecArray | null;
    if (take(space)) continue;
    if ((found = take(quoted))) {
      const [, single, double, back] = found;
      if (back !== undefined) push('column', back.replaceAll('``', '`'));
      else push('text', single?.replaceAll("''", "'") ?? (double ?? '').replaceAll('""', '"'));
    } else if ((found = take(number))) push('number', found[0]);
    else if ((found = take(word))) push('word', found[0]);
    else if ((found = take(sign))) push(found[0] as '(' | ')' | ',', found[0]);
    else if ((found = take(operator))) pushOperator(found[0], push, start, report);
    else at = unreadable(source, at, report);
  }
  return [...tokens, { kind: 'end', text: '', at: source.length + 1 }];
}

function pushOperator(
  text: string,
  push: (kind: 'operator' | 'word', text: string) => void,
  at: number,
  report: Report,
): void {
  const meant = habits[text];
  if ((operators as readonly string[]).includes(text)) return push('operator', text);
  report(
    at,
    'is no operator of this language',
    meant ? `write ${meant}` : `write ${operators.join(' ')}`,
    text,
  );
  push(meant && /[a-z]/.test(meant) ? 'word' : 'operator', meant ?? '=');
}

/** Where to go on after a character that begins nothing. */
function unreadable(source: string, at: number, report: Report): number {
  const char = String.fromCodePoint(source.codePointAt(at) ?? 0);
  if (!/['"`]/.test(char)) {
    report(
      at + 1,
      'this character has no meaning here',
      "put names of columns into `…`, texts into '…'",
      char,
    );
    return at + char.length;
  }
  report(at + 1, 'a quote is not closed', `close it with ${char}`);
  return source.length;
}
