import { DomainError } from '#kernel';
import { digestBytes } from '#evidence';
import { parseLeaf, type Leaf } from './leaf.js';

/** What an envelope holds, and the text from which its bytes come again. */
export interface EnvelopeText {
  readonly text: string;
  readonly value: unknown;
}

/** Undefined when the bytes are no JSON in one line of UTF-8, which is damage. */
export function envelopeOf(bytes: Uint8Array): EnvelopeText | undefined {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString();
  const value = jsonOfLine(text);
  return value === undefined ? undefined : { text, value };
}

/** The object that a text from UTF-8 is, in one line. */
export function jsonOfLine(text: string): unknown {
  if (!text.startsWith('{') || text.includes('\uFFFD') || text.includes('\n')) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A line of `events.jsonl`: JSON for everyone, and from its text the hashed bytes can be cut. */
export const eventLine = (leafText: string, envelope: EnvelopeText | undefined, bytes: Uint8Array): string =>
  envelope === undefined
    ? `{"leaf":${leafText},"bytes":"${Buffer.from(bytes).toString('base64')}"}\n`
    : `{"leaf":${leafText},"envelope":${envelope.text}}\n`;

/** A line of an export, read. */
export interface ReadLine {
  readonly leaf: Leaf;
  /** The exact text that the log hashes. */
  readonly leafText: string;
  readonly envelope: EnvelopeText | undefined;
}

const opening = '{"leaf":';
// No string of a leaf can hold these, for a quotation mark in a string is escaped.
const [toEnvelope, toBytes] = ['},"envelope":{', '},"bytes":"'];

/** @throws EXPORT_INVALID when it is no such line, or the bytes of the event are not those that the leaf names */
export function parseEventLine(line: string): ReadLine {
  if (!line.startsWith(opening)) throw broken('is no event');
  const cut = (between: string, keep: number, ending: string): readonly [string, string] | undefined => {
    const at = line.indexOf(between);
    if (at < 0 || !line.endsWith(ending)) return undefined;
    return [line.slice(opening.length, at + 1), line.slice(at + between.length - keep, -ending.length)];
  };
  const whole = cut(toEnvelope, 1, '}');
  const [leafText, rest] = whole ?? cut(toBytes, 0, '"}') ?? [];
  if (leafText === undefined || rest === undefined) throw broken('is no event');
  const leaf = parseLeaf(leafText);
  const bytes = whole ? Buffer.from(rest) : Buffer.from(rest, 'base64');
  if (digestBytes(bytes) !== `sha256:${leaf.bytesSha256}`)
    throw broken(`has other bytes than the log says, of ${leaf.stream} at revision ${leaf.revision}`);
  const envelope = envelopeOf(bytes);
  if (eventLine(leafText, envelope, bytes) !== `${line}\n`) throw broken('is not written as events are');
  return { leaf, leafText, envelope };
}

const broken = (what: string): DomainError =>
  new DomainError('integrity', 'EXPORT_INVALID', `a line of events.jsonl ${what}`);
