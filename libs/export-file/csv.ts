import type { ToldEvent } from './told-event.js';

type Column = readonly [name: string, of: (event: ToldEvent) => string];

const columns: readonly Column[] = [
  ['index', ({ leaf }) => leaf.index],
  ['recorded_at', ({ leaf }) => leaf.recordedAt],
  ['type', ({ leaf }) => leaf.type],
  ['stream', ({ leaf }) => leaf.stream],
  ['revision', ({ leaf }) => leaf.revision],
  ['event_id', ({ leaf }) => leaf.eventId],
  ['actor', ({ actor }) => actor.id],
  ['actor_type', ({ actor }) => actor.type],
  ['actor_roles', ({ actor }) => actor.roles.join(' ')],
  ['reason', ({ reason }) => reason],
  ['correlation_id', ({ correlationId }) => correlationId],
  ['causation_id', ({ causationId }) => causationId],
  ['service', ({ service }) => service],
  ['service_version', ({ serviceVersion }) => serviceVersion],
  ['bytes_sha256', ({ leaf }) => leaf.bytesSha256],
  ['data', ({ data }) => data()],
];

/** A spreadsheet holds 32,767 characters in a cell and tears what is longer into rows. */
export const longestCell = 32_000;

/**
 * What a spreadsheet would take for a formula: `=`, `+`, `-`, `@` and their full-width forms, also after white space; a tab or a line
 * break may move the rest into another cell. An apostrophe is taken for "text follows", so one that was there gets another.
 */
const executable = /^[\s\p{Cf}]*[=+\-@\uFF1D\uFF0B\uFF0D\uFF20|%']|^[\t\r\n]/u;

/** Letters, digits, `{` and `[`, as nearly every cell begins. */
function plainStart(text: string): boolean {
  const code = text.charCodeAt(0) | 0x20;
  return (code >= 0x61 && code <= 0x7b) || (code >= 0x30 && code <= 0x39);
}

/** One cell: quoted (RFC 4180), bounded, and never a formula. */
export function csvCell(text: string): string {
  const short =
    text.length <= longestCell ? text : `${text.slice(0, longestCell)}… (${text.length} characters in all)`;
  const safe = !plainStart(short) && executable.test(short) ? `'${short}` : short;
  return safe.includes('"') ? `"${safe.replace(/"/g, '""')}"` : `"${safe}"`;
}

export const csvHeader = `${columns.map(([name]) => csvCell(name)).join(',')}\r\n`;

const starts = columns.slice(0, -1).map(([, of]) => of);

/** Every cell begins plainly or is empty, and has no quote in it. */
const plainRow = new RegExp(`^(?:"(?:[A-Za-z0-9][ !#-~]*)?",){${starts.length}}$`);

/** All cells of a row but the last, which is its data. */
export function csvStart(event: ToldEvent): string {
  const cells = starts.map((of) => of(event));
  const plain = `"${cells.join('","')}",`;
  if (plain.length <= longestCell && plainRow.test(plain)) return plain;
  return cells.map((cell) => `${csvCell(cell)},`).join('');
}

export const csvLine = (event: ToldEvent): string => `${csvStart(event)}${csvCell(event.data())}\r\n`;
