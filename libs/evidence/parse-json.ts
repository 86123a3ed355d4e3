import { DomainError, type Json, type Problem } from '#kernel';
import { maxDepth } from './canonical-json.js';

export interface ParseOptions {
  /** Default 16 MiB. */
  readonly maxBytes?: number;
  /** Values of lists and objects; default 4,194,304. A few bytes of text are a hundred of memory. */
  readonly maxValues?: number;
  /** Shown in problems; default `input`. */
  readonly file?: string;
}

/**
 * Reads JSON (RFC 8259) from a hostile source, stricter than JSON.parse: refuses duplicate keys, numbers that a
 * double does not hold (integers beyond 2^53 that would change, or overflow), lone surrogates, invalid UTF-8, a byte order mark,
 * and nesting beyond {@link maxDepth}. `__proto__` is a key like any other.
 * @throws JSON_INVALID with the place of the first problem; JSON_TOO_LARGE
 */
export function parseJson(input: string | Uint8Array, options: ParseOptions = {}): Json {
  const { maxBytes = 16 * 2 ** 20, maxValues = 4 * 2 ** 20, file = 'input' } = options;
  if (input.length > maxBytes) {
    throw new DomainError('invalid', 'JSON_TOO_LARGE', `${file} has more than ${maxBytes} bytes of JSON`);
  }
  const text = typeof input === 'string' ? input : decode(input, file);
  // Text of fewer letters cannot hold as many.
  if (text.length > maxValues && separates(text, maxValues))
    throw new DomainError('invalid', 'JSON_TOO_LARGE', `${file} holds more than ${maxValues} values`);
  return asPrinted(text) ?? new Parser(text, file).document();
}

/**
 * What `JSON.stringify` prints back letter by letter has no key twice, no number that changed and nothing beside the value. Undefined
 * for every other text, and where nesting or surrogates have to be looked at: the parser says what is wrong, or that nothing is.
 */
function asPrinted(text: string): Json | undefined {
  if (/\\u[dD]/.test(text) || nests(text)) return undefined;
  try {
    const value = JSON.parse(text) as Json;
    return JSON.stringify(value) === text ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Whether there are more commas than this. Those within strings count as well. */
function separates(text: string, most: number): boolean {
  let commas = 0;
  for (let at = -1; commas <= most && (at = text.indexOf(',', at + 1)) !== -1;) commas++;
  return commas > most;
}

/** Whether it may be nested too deep. Brackets within strings count as well. */
function nests(text: string): boolean {
  let opened = 0;
  for (let at = -1; opened <= maxDepth && (at = text.indexOf('{', at + 1)) !== -1;) opened++;
  for (let at = -1; opened <= maxDepth && (at = text.indexOf('[', at + 1)) !== -1;) opened++;
  return opened > maxDepth;
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decode(bytes: Uint8Array, file: string): string {
  try {
    return decoder.decode(bytes);
  } catch {
    throw new DomainError('invalid', 'JSON_INVALID', `${file} is not UTF-8`);
  }
}

const numberPattern = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
// eslint-disable-next-line no-control-regex
const plainPattern = /[^"\\\u0000-\u001f]*/y;
const escapes: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};

/** Recursive descent; depth is bounded before the stack is. */
class Parser {
  readonly #text: string;
  readonly #file: string;
  #at = 0;

  constructor(text: string, file: string) {
    this.#text = text;
    this.#file = file;
  }

  document(): Json {
    const value = this.#value(0);
    this.#space();
    if (this.#at < this.#text.length) throw this.#problem('something follows the value', 'remove it');
    return value;
  }

  #value(depth: number): Json {
    if (depth > maxDepth) throw this.#problem(`nesting is deeper than ${maxDepth}`, 'flatten it');
    this.#space();
    switch (this.#text[this.#at]) {
      case '{':
        return this.#object(depth);
      case '[':
        return this.#array(depth);
      case '"':
        return this.#string();
      case 't':
        return this.#word('true', true);
      case 'f':
        return this.#word('false', false);
      case 'n':
        return this.#word('null', null);
      default:
        return this.#number();
    }
  }

  #object(depth: number): Json {
    const object: Record<string, Json> = {};
    this.#at++;
    for (let first = true; ; first = false) {
      this.#space();
      if (this.#take('}')) return object;
      if (!first) this.#expect(',');
      this.#space();
      const keyAt = this.#at;
      if (this.#text[this.#at] !== '"') throw this.#problem('a key in double quotes is missing', 'add it');
      const key = this.#string();
      if (Object.hasOwn(object, key))
        throw this.#problem(`the key ${JSON.stringify(key)} is there twice`, 'keep one', keyAt);
      this.#space();
      this.#expect(':');
      const value = this.#value(depth + 1);
      Object.defineProperty(object, key, { value, enumerable: true, writable: true, configurable: true });
    }
  }

  #array(depth: number): Json {
    const items: Json[] = [];
    this.#at++;
    for (let first = true; ; first = false) {
      this.#space();
      if (this.#take(']')) return items;
      if (!first) this.#expect(',');
      items.push(this.#value(depth + 1));
    }
  }

  #string(): string {
    const start = this.#at++;
    let text = '';
    for (;;) {
      plainPattern.lastIndex = this.#at;
      const plain = plainPattern.exec(this.#text)?.[0] ?? '';
      text += plain;
      this.#at += plain.length;
      const next = this.#text[this.#at++];
      if (next === '"') break;
      if (next === '\\') text += this.#escape();
      else
        throw this.#problem(
          next === undefined ? 'a string does not end' : 'a control character in a string',
          'escape it',
          start,
        );
    }
    if (!text.isWellFormed())
      throw this.#problem('a string has a lone surrogate', 'write the whole character', start);
    return text;
  }

  #escape(): string {
    const letter = this.#text[this.#at++] ?? '';
    if (letter !== 'u') {
      const char = escapes[letter];
      if (char === undefined)
        throw this.#problem('an unknown escape', 'use one of \\" \\\\ \\/ \\b \\f \\n \\r \\t \\uXXXX');
      return char;
    }
    const hex = this.#text.slice(this.#at, this.#at + 4);
    if (!/^[0-9a-fA-F]{4}$/.test(hex)) throw this.#problem('\\u needs four hex digits', 'write them');
    this.#at += 4;
    return String.fromCharCode(parseInt(hex, 16));
  }

  #number(): number {
    numberPattern.lastIndex = this.#at;
    const text = numberPattern.exec(this.#text)?.[0];
    if (text === undefined) throw this.#problem('a value is missing or malformed', 'write a JSON value');
    const value = Number(text);
    if (!Number.isFinite(value))
      throw this.#problem(`the number ${text.slice(0, 40)} does not fit`, 'write it as a string');
    if (Math.abs(value) > Number.MAX_SAFE_INTEGER && /^-?\d+$/.test(text) && String(value) !== text) {
      throw this.#problem(
        `the integer ${text.slice(0, 40)} is beyond 2^53−1 and would change`,
        'write it as a string',
      );
    }
    this.#at += text.length;
    return value;
  }

  #word<T>(word: string, value: T): T {
    if (!this.#text.startsWith(word, this.#at))
      throw this.#problem('an unknown word', 'use true, false or null');
    this.#at += word.length;
    return value;
  }

  #take(char: string): boolean {
    if (this.#text[this.#at] !== char) return false;
    this.#at++;
    return true;
  }

  #expect(char: string): void {
    if (!this.#take(char)) throw this.#problem(`${char} is missing`, 'add it');
  }

  #space(): void {
    while (' \t\n\r'.includes(this.#text[this.#at] ?? 'x')) this.#at++;
  }

  #problem(message: string, fix: string, at = this.#at): DomainError {
    const before = this.#text.slice(0, at).split('\n');
    const place = { file: this.#file, line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
    const problem: Problem = { code: 'JSON_INVALID', field: '', message, fix, place };
    const text = `${this.#file}:${place.line}:${place.column}: ${message}; ${fix}`;
    return new DomainError('invalid', 'JSON_INVALID', text, { problems: [problem] });
  }
}
