import { longestCell } from './csv.js';

/** What may come next. */
const [key, value, close, comma] = [1, 2, 4, 8];
const deepest = 30;
const [quote, backslash, minus, dot, zero, nine] = [0x22, 0x5c, 0x2d, 0x2e, 0x30, 0x39];
/** What a text may have behind a backslash; not `u`. */
const escapes: ReadonlySet<number | undefined> = new Set(Buffer.from('"\\/bfnrt'));
const literals = ['true', 'false', 'null'].map((word) => Buffer.from(word));

/** Each character may be doubled. */
const cells = Buffer.alloc(2 * longestCell);

/** JSON of the plain kind that nearly all events hold. */
export interface PlainData {
  /** Where it ends. */
  readonly end: number;
  /** It with each quote doubled, as in a cell (RFC 4180), until the next is read. */
  readonly cell: Uint8Array;
}

/**
 * The JSON object that begins at `start`; undefined unless it is printable ASCII, without white space between tokens, `\u` and exponents:
 * then `JSON.parse` has to look at it. What is read here is JSON there. One pass, without an object or a text for anything in it, since
 * parsing costs three times as much and as much again to the collector.
 */
export function readPlainData(bytes: Uint8Array, start: number): PlainData | undefined {
  if (bytes[start] !== 0x7b || bytes.length - start > longestCell) return undefined;
  let [at, out, depth, objects, expected] = [start, 0, 0, 0, value];
  do {
    const byte = bytes[at] as number;
    switch (byte) {
      case quote: {
        if ((expected & (key | value)) === 0) return undefined;
        cells[out++] = quote;
        cells[out++] = quote;
        at++;
        for (;;) {
          const char = bytes[at++] as number;
          if (char === quote) break;
          if (!(char >= 0x20 && char < 0x7f)) return undefined;
          cells[out++] = char;
          if (char !== backslash) continue;
          const escaped = bytes[at++] as number;
          if (!escapes.has(escaped)) return undefined;
          cells[out++] = escaped;
          if (escaped === quote) cells[out++] = quote;
        }
        cells[out++] = quote;
        cells[out++] = quote;
        if ((expected & key) === 0) {
          expected = close | comma;
          break;
        }
        if (bytes[at++] !== 0x3a) return undefined;
        cells[out++] = 0x3a;
        expected = value;
        break;
      }
      case 0x7b: // {
      case 0x5b: // [
        if ((expected & value) === 0 || ++depth > deepest) return undefined;
        objects = (objects << 1) | (byte === 0x7b ? 1 : 0);
        expected = close | (byte === 0x7b ? key : value);
        cells[out++] = byte;
        at++;
        break;
      case 0x7d: // }
      case 0x5d: // ]
        if ((expected & close) === 0 || (objects & 1) !== (byte === 0x7d ? 1 : 0)) return undefined;
        objects >>= 1;
        depth--;
        expected = close | comma;
        cells[out++] = byte;
        at++;
        break;
      case 0x2c: // ,
        if ((expected & comma) === 0) return undefined;
        expected = (objects & 1) === 1 ? key : value;
        cells[out++] = byte;
        at++;
        break;
      default: {
        const end = (expected & value) === 0 ? 0 : scalarEnd(bytes, at);
        if (end === 0) return undefined;
        while (at < end) cells[out++] = bytes[at++] as number;
        expected = close | comma;
      }
    }
  } while (depth > 0);
  return { end: at, cell: cells.subarray(0, out) };
}

const isDigit = (byte: number | undefined): boolean => byte !== undefined && byte >= zero && byte <= nine;

/** Of a number or a literal; 0 where there is none. */
function scalarEnd(bytes: Uint8Array, start: number): number {
  let at = start + (bytes[start] === minus ? 1 : 0);
  if (!isDigit(bytes[at])) {
    const word = literals.find((literal) => literal.every((byte, i) => bytes[start + i] === byte));
    return word === undefined ? 0 : start + word.length;
  }
  if (bytes[at] === zero) at++;
  else while (isDigit(bytes[at])) at++;
  if (bytes[at] !== dot) return at;
  at++;
  if (!isDigit(bytes[at])) return 0;
  while (isDigit(bytes[at])) at++;
  return at;
}
