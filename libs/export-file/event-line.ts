import { DomainError } from '#kernel';
import { digestBytes } from '#evidence';
import { parseLeaf, type Leaf } from './leaf.js';

/** An event of an export: its leaf in the log, and what the leaf names by digest. */
export interface ExportedEvent {
  readonly leaf: Leaf;
  /** The exact text that the log hashes. */
  readonly leafText: string;
  /** The stored envelope's bytes as text; undefined when they are no JSON in one line of UTF-8, which is damage. */
  readonly envelope: string | undefined;
  /** Of such bytes only. */
  readonly damaged?: Uint8Array;
}

/** An envelope as text from which the same bytes come again. */
export function envelopeText(bytes: Uint8Array): string | undefined {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString();
  if (text.includes('�') || text.includes('\n') || !text.startsWith('{') || !text.endsWith('}'))
    return undefined;
  try {
    JSON.parse(text);
    return text;
  } catch {
    return undefined;
  }
}

/** A line of `events.jsonl`: JSON for everyone, and from its text the hashed bytes can be cut. */
export const eventLine = ({ leafText, envelope, damaged = new Uint8Array() }: ExportedEvent): string =>
  envelope === undefined
    ? `{"leaf":${leafText},"bytes":"${Buffer.from(damaged).toString('base64')}"}\n`
    : `{"leaf":${leafText},"envelope":${envelope}}\n`;

const opening = '{"leaf":';
// No string of a leaf can hold these, for a quotation mark in a string is escaped.
const [toEnvelope, toBytes] = ['},"envelope":{', '},"bytes":"'];

/** @throws EXPORT_INVALID when it is no such line, or the bytes of the event are not those that the leaf names */
export function parseEventLine(line: string): ExportedEvent {
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
  return whole ? { leaf, leafText, envelope: rest } : { leaf, leafText, envelope: undefined, damaged: bytes };
}

const broken = (what: string): DomainError =>
  new DomainError('integrity', 'EXPORT_INVALID', `a line of events.jsonl ${what}`);
