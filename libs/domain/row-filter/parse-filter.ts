import { assertNoProblems, type Problem } from '#kernel';
import type { Filter, Literal } from './filter.js';
import { reporter, tokensOf, type Operator, type Report, type Token } from './tokens.js';

export type ParsedFilter = {
  /** Undefined when there is a problem. */
  readonly filter: Filter | undefined;
  readonly problems: readonly Problem[];
};

const deepest = 50;
const keywords = new Set(['and', 'or', 'not', 'is', 'in', 'known', 'unknown']);
const example = "like sex is known and body_mass_g >= 3000 and island in ('Biscoe', 'Dream')";

/** Reads a `where`. Every problem is reported, each condition on its own. */
export function checkFilter(text: string, field = 'where'): ParsedFilter {
  const problems: Problem[] = [];
  const report = reporter(field, problems);
  const filter = new Parser(tokensOf(text, report), report).whole();
  return problems.length > 0 ? { filter: undefined, problems } : { filter, problems };
}

/** @throws WHERE_INVALID with every problem */
export function parseFilter(text: string, field = 'where'): Filter {
  const { filter, problems } = checkFilter(text, field);
  assertNoProblems(problems, 'WHERE_INVALID');
  if (filter === undefined) throw new Error('a filter without problems has a value');
  return filter;
}

/** Recursive descent; after a mistake it goes on behind the condition that has it. */
class Parser {
  readonly #tokens: readonly Token[];
  readonly #report: Report;
  #next = 0;

  constructor(tokens: readonly Token[], report: Report) {
    this.#tokens = tokens;
    this.#report = report;
  }

  whole(): Filter | undefined {
    const filter = this.#any(0);
    while (this.#now.kind !== 'end') {
      const { text, at } = this.#now;
      this.#report(at, 'nothing more is expected here', 'join conditions with and, or', text);
      this.#next++;
      this.#any(0);
    }
    return filter;
  }

  get #now(): Token {
    return this.#tokens[this.#next] ?? (this.#tokens.at(-1) as Token);
  }

  #is(kind: Token['kind']): boolean {
    return this.#now.kind === kind;
  }

  #takeWord(word: string): boolean {
    if (this.#now.kind !== 'word' || this.#now.text.toLowerCase() !== word) return false;
    if (this.#now.text !== word)
      this.#report(this.#now.at, 'words of this language are lower-case', `write ${word}`, this.#now.text);
    this.#next++;
    return true;
  }

  #any(depth: number): Filter | undefined {
    return this.#joined('or', 'any', () => this.#joined('and', 'all', () => this.#condition(depth)));
  }

  #joined(word: 'and' | 'or', kind: 'all' | 'any', part: () => Filter | undefined): Filter | undefined {
    const parts = [part()];
    while (this.#takeWord(word)) parts.push(part());
    const good = parts.filter((one) => one !== undefined);
    return good.length > 1 ? { kind, of: good } : good[0];
  }

  #condition(depth: number): Filter | undefined {
    const { kind, at } = this.#now;
    if (depth > deepest) {
      this.#report(at, `is nested deeper than ${deepest}`, 'flatten it');
      this.#next = this.#tokens.length - 1;
      return undefined;
    }
    if (this.#takeWord('not')) {
      const of = this.#condition(depth + 1);
      return of && { kind: 'not', of };
    }
    if (kind !== '(') return this.#test();
    this.#next++;
    const inner = this.#any(depth + 1);
    if (this.#now.kind === ')') this.#next++;
    else this.#report(this.#now.at, 'a parenthesis is not closed', 'close it with )', this.#now.text);
    return inner;
  }

  #test(): Filter | undefined {
    const { kind, text: column, at } = this.#now;
    const isColumn = kind === 'column' || (kind === 'word' && !keywords.has(column.toLowerCase()));
    if (!isColumn) return this.#giveUp(at, 'the name of a column is missing', `write a condition ${example}`);
    this.#next++;
    if (this.#takeWord('is')) return this.#known(column);
    if (this.#takeWord('in')) return this.#in(column);
    if (this.#takeWord('not')) {
      if (!this.#takeWord('in'))
        return this.#giveUp(
          this.#now.at,
          'only in follows here',
          `write ${column} not in (…), or not ${column} = …`,
        );
      const of = this.#in(column);
      return of && { kind: 'not', of };
    }
    if (this.#now.kind !== 'operator')
      return this.#giveUp(this.#now.at, `nothing is said of ${column}`, `write a condition ${example}`);
    const operator = this.#now.text as Operator;
    this.#next++;
    const value = this.#literal();
    return value === undefined ? undefined : { kind: 'compare', column, operator, value };
  }

  #known(column: string): Filter | undefined {
    const negated = this.#takeWord('not');
    const { at } = this.#now;
    const known = this.#takeWord('known');
    if (!known && !this.#takeWord('unknown'))
      return this.#giveUp(
        at,
        'only known or unknown follows is',
        `write ${column} is known, or ${column} = …`,
      );
    const filter: Filter = { kind: 'known', column };
    return known === negated ? { kind: 'not', of: filter } : filter;
  }

  #in(column: string): Filter | undefined {
    if (!this.#is('('))
      return this.#giveUp(this.#now.at, 'the list is missing', `write ${column} in ('a', 'b')`);
    const values: Literal[] = [];
    do {
      this.#next++;
      const value = this.#literal();
      if (value === undefined) return undefined;
      values.push(value);
    } while (this.#is(','));
    if (this.#now.kind !== ')')
      return this.#giveUp(this.#now.at, 'the list is not closed', 'close it with )');
    this.#next++;
    return { kind: 'in', column, values };
  }

  #literal(): Literal | undefined {
    const { kind, text, at } = this.#now;
    if (kind === 'text' || kind === 'number') {
      this.#next++;
      if (kind === 'text') return text;
      if (Number.isFinite(Number(text))) return Number(text);
      return this.#giveUp(at, 'is beyond what a double holds', 'write a smaller number');
    }
    const isName = kind === 'word' && !keywords.has(text);
    return this.#giveUp(
      at,
      'a number or a text in quotes is missing',
      isName ? `write '${text}'; columns are not compared with each other` : "write it like 'Biscoe' or 3000",
    );
  }

  /** Reports, and goes on where the next condition may begin. */
  #giveUp(at: number, message: string, fix: string): undefined {
    const { kind, text } = this.#now;
    this.#report(at, message, fix, kind === 'end' ? undefined : text);
    let depth = 0;
    for (; this.#now.kind !== 'end'; this.#next++) {
      const now = this.#now;
      if (depth === 0 && (now.kind === ')' || (now.kind === 'word' && /^(and|or)$/.test(now.text)))) return;
      depth += now.kind === '(' ? 1 : now.kind === ')' ? -1 : 0;
    }
  }
}
