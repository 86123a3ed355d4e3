import { Composer, Lexer, LineCounter, Parser, type CST, type Node, type YAMLError } from 'yaml';
import type { Json, Place, Problem } from '#kernel';
import type { Locate } from '#domain/declaration';
import { createReading, type Sites } from './document-values.js';
import { limits, nestingProblem } from './document-limits.js';

export type ReadDocument = {
  /** Absent when the text could not be read at all. */
  readonly value?: Json;
  readonly problems: readonly Problem[];
  readonly locate: Locate;
};

/**
 * Reads one YAML 1.2 document of the core schema, or JSON, from a hostile source: no tags of its own, merge keys, directives
 * or second document, and within {@link limits}. Never throws for what it reads; its time is bounded by those limits.
 */
export function readDocument(input: string | Uint8Array, file: string): ReadDocument {
  const at = (line: number, column: number): Place => ({ file, line, column });
  const refused = (
    code: string,
    message: string,
    fix: string,
    place = at(1, 1),
    found?: string,
  ): ReadDocument => ({
    problems: [{ code, field: '', message, fix, place, ...(found === undefined ? {} : { found }) }],
    locate: () => at(1, 1),
  });
  if (input.length > limits.bytes) {
    const found = `${(input.length / 2 ** 20).toFixed(1)} MiB`;
    return refused(
      'FILE_TOO_LARGE',
      'a declaration has at most 1 MiB',
      'data and code belong in files of their own',
      at(1, 1),
      found,
    );
  }
  const text = typeof input === 'string' ? input : decode(input);
  if (text === undefined || text.includes('\0'))
    return refused('FILE_NOT_UTF8', 'the file is not UTF-8 text', 'save it as UTF-8');
  // YAML takes it for the end of a line, what reads it here for a space: after a comment nothing would be left.
  const loneReturn = text.search(/\r(?!\n)/);
  if (loneReturn >= 0)
    return refused(
      'LINE_END_UNREAD',
      'a line ends with a carriage return alone',
      'save the file with line feeds (LF or CRLF)',
      at(text.slice(0, loneReturn).split('\n').length, 1),
    );
  const lines = new LineCounter();
  const place = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return at(Math.max(line, 1), Math.max(col, 1));
  };
  const tokens = [];
  let [documents, errors] = [0, 0];
  for (const token of parse(text, lines)) {
    if (token === tooLong)
      return refused(
        'YAML_TOO_LONG',
        'the file has too many parts',
        'data and code belong in files of their own',
      );
    if (token.type === 'directive')
      return refused(
        'YAML_DIRECTIVE',
        'a directive is not read',
        'remove the line',
        place(token.offset),
        token.source,
      );
    if (token.type === 'document' && ++documents > 1)
      return refused(
        'YAML_DOCUMENTS',
        'a file holds one declaration',
        'remove what follows ---',
        place(token.offset),
      );
    const deep = nestingProblem(token);
    if (deep !== undefined)
      return refused('NESTING_TOO_DEEP', `nesting is deeper than ${limits.depth}`, 'flatten it', place(deep));
    tokens.push(token);
    if (token.type === 'error' && ++errors >= maxErrors) break;
  }
  const options = {
    version: '1.2',
    schema: 'core',
    uniqueKeys: false,
    merge: false,
    intAsBigInt: true,
    prettyErrors: false,
  } as const;
  const [document] = [...new Composer(options).compose(tokens, true, text.length)];
  if (document === undefined)
    return refused('FILE_EMPTY', 'the file holds nothing', 'begin with `blueprint: namespace/name`');
  if (document.errors.length > 0)
    return { problems: syntaxProblems(document.errors, place), locate: () => at(1, 1) };
  if (document.contents === null)
    return refused('FILE_EMPTY', 'the file holds nothing', 'begin with `blueprint: namespace/name`');
  const { value, problems, sites } = createReading(place).read(document.contents as Node);
  return { value, problems, locate: locator(sites, place) };
}

const tooLong = Symbol('too long');

/** As `Parser.parse`, but gives up after so many lexemes: what follows costs time for each. */
function* parse(text: string, lines: LineCounter): Generator<CST.Token | typeof tooLong, void> {
  const parser = new Parser(lines.addNewLine);
  let lexemes = 0;
  lines.addNewLine(0);
  for (const lexeme of new Lexer().lex(text)) {
    if (++lexemes > limits.lexemes) return void (yield tooLong);
    yield* parser.next(lexeme);
  }
  yield* parser.end();
}

/** Broken YAML goes on being broken: the first few say enough. */
const maxErrors = 20;

function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

const syntaxProblems = (errors: readonly YAMLError[], place: (offset: number) => Place): Problem[] =>
  errors.slice(0, maxErrors).map(({ code, message, pos }) => ({
    code: 'YAML_INVALID',
    field: '',
    message: message.slice(0, 200),
    fix: code === 'TAB_AS_INDENT' ? 'indent with spaces' : 'mend the YAML here',
    place: place(pos[0]),
  }));

const locator =
  (sites: Sites, place: (offset: number) => Place): Locate =>
  (path, part) => {
    for (let length = path.length; length >= 0; length--) {
      const site = sites.get(path.slice(0, length).map(String).join('\0'));
      if (site !== undefined)
        return place((part === 'key' || length < path.length ? site.key : site.value) ?? site.value);
    }
    return place(0);
  };
