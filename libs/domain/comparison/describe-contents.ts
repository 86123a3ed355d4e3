import type { Json } from '#kernel';
import { csvRecord } from '#domain/dataset';
import { findParting, type Parting } from './parting.js';
import { describe } from './leaves.js';

/** Bytes of one side, opened when they are looked at. */
export type Contents = { readonly sizeBytes: number; open(): AsyncIterable<Uint8Array> };

const jsonBytes = 2 ** 20;
/** Looked at in search of the first difference. */
const mostBytes = 256 * 2 ** 20;
const shown = 60;

/**
 * Where and how two contents differ first, for people: row and column of a CSV (rows count from 1 below the header), the path
 * of a JSON up to 1 MiB, the line of a text, else the byte (from 0). What they are is told by the name and seen in the bytes.
 */
export async function describeContents(name: string, a: Contents, b: Contents): Promise<string> {
  if (/\.json$/i.test(name) && a.sizeBytes <= jsonBytes && b.sizeBytes <= jsonBytes) {
    const found = jsonDifference(await textOf(a), await textOf(b));
    if (found !== undefined) return found;
  }
  const asRecords = /\.csv$/i.test(name);
  const parting = await findParting(a.open(), b.open(), { asRecords, mostBytes });
  if (parting === undefined)
    return a.sizeBytes === b.sizeBytes && a.sizeBytes <= mostBytes
      ? 'the same bytes'
      : `the first ${mostBytes} bytes are the same`;
  return (
    (asRecords ? csvDifference(parting) : undefined) ?? textDifference(parting) ?? byteDifference(parting)
  );
}

async function textOf({ open }: Contents): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const bytes of open()) text += decoder.decode(bytes, { stream: true });
  return text + decoder.decode();
}

function jsonDifference(a: string, b: string): string | undefined {
  try {
    const found = firstLeaf(JSON.parse(a) as Json, JSON.parse(b) as Json, '');
    return found === undefined ? 'the same JSON, written differently' : found;
  } catch {
    return undefined;
  }
}

/** The first differing leaf: keys in byte order, elements in theirs. */
function firstLeaf(a: Json | undefined, b: Json | undefined, path: string): string | undefined {
  if (Array.isArray(a) && Array.isArray(b)) {
    for (let i = 0; i < Math.max(a.length, b.length); i++) {
      const found = firstLeaf(a[i] as Json | undefined, b[i] as Json | undefined, `${path}[${i}]`);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  if (isObject(a) && isObject(b)) {
    for (const key of [...new Set([...Object.keys(a), ...Object.keys(b)])].sort()) {
      const found = firstLeaf(a[key], b[key], path === '' ? key : `${path}.${key}`);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  if (JSON.stringify(a) === JSON.stringify(b)) return undefined;
  const where = cut(path === '' ? 'the whole value' : path, 120);
  if (a === undefined || b === undefined) return `${where} ${describe(a, b)}`;
  const amount = typeof a === 'number' && typeof b === 'number' ? `, ${describe(a, b)}` : '';
  return `${where}: ${cut(JSON.stringify(a))} became ${cut(JSON.stringify(b))}${amount}`;
}

const isObject = (value: Json | undefined): value is { readonly [key: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function csvDifference({ a, b, records, fromStart, header }: Parting): string | undefined {
  if (!fromStart) return undefined;
  const [x, y] = [firstRecord(a), firstRecord(b)];
  const row = records === 0 ? 'header line' : `row ${records}`;
  if (x === undefined || y === undefined) return undefined;
  if (a.length === 0 || b.length === 0)
    return `${row} ${a.length === 0 ? 'only in the second' : 'only in the first'}`;
  const names = records === 0 || header === undefined ? [] : (firstRecord(header) ?? []);
  const column = Array.from({ length: Math.max(x.length, y.length) }, (_, i) => i).find((i) => x[i] !== y[i]);
  if (column === undefined) return undefined;
  const [p, q] = [x[column], y[column]];
  const where = `${row}, column ${cut(names[column] ?? String(column + 1))}`;
  if (p === undefined || q === undefined)
    return `${where} ${p === undefined ? 'only in the second' : 'only in the first'}`;
  const [n, m] = [Number(p), Number(q)];
  const numeric = p.trim() !== '' && q.trim() !== '' && Number.isFinite(n) && Number.isFinite(m);
  return `${where}: ${quoted(p)} became ${quoted(q)}${numeric && n !== m ? `, ${describe(n, m)}` : ''}`;
}

/** Up to the end of the record, or all there is; undefined when that is no CSV or no text. */
function firstRecord(bytes: Uint8Array): readonly string[] | undefined {
  if (bytes.length === 0) return [];
  const text = decoded(bytes);
  return text === undefined ? undefined : csvRecord(text);
}

function textDifference({ a, b, lines, fromStart }: Parting): string | undefined {
  const [x, y] = [decoded(a), decoded(b)];
  if (x === undefined || y === undefined) return undefined;
  const line = `line ${lines + 1}`;
  if (!fromStart) return `${line}, far in: ${around(x, y)}`;
  if (a.length === 0 || b.length === 0)
    return `${line} ${a.length === 0 ? 'only in the second' : 'only in the first'}`;
  return `${line}: ${around(lineOf(x), lineOf(y))}`;
}

const lineOf = (text: string): string => text.split('\n', 1)[0] ?? '';

/** Both texts from a little before their first difference on. */
function around(x: string, y: string): string {
  let at = 0;
  while (at < x.length && at < y.length && x[at] === y[at]) at++;
  const from = Math.max(0, at - 20);
  return `${quoted(x.slice(from))} became ${quoted(y.slice(from))}`;
}

const hex = (byte: number | undefined): string =>
  byte === undefined ? 'the end' : `0x${byte.toString(16).padStart(2, '0')}`;

function byteDifference({ a, b, offset }: Parting): string {
  let at = 0;
  while (at < a.length && at < b.length && a[at] === b[at]) at++;
  return `byte ${offset}: ${hex(a[at])} became ${hex(b[at])}`;
}

/** Text of bytes that may be cut in the middle of a character; undefined for what is no text. */
function decoded(bytes: Uint8Array): string | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes, { stream: true });
    return text.includes('\0') ? undefined : text;
  } catch {
    return undefined;
  }
}

const cut = (text: string, most = shown): string =>
  text.length > most ? `${text.slice(0, most - 1)}…` : text;
const quoted = (text: string): string => JSON.stringify(cut(text));
