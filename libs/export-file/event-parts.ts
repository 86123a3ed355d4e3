import { csvCell, csvStart } from './csv.js';
import { envelopeOf, eventLine } from './event-line.js';
import type { Leaf } from './leaf.js';
import type { Pieces } from './pieces.js';
import { plainMetadata } from './plain-metadata.js';
import { readPlainData } from './plain-data.js';
import { opening, toldEvent, type ToldEvent } from './told-event.js';

/** An event on its way into lines and table. */
export interface EventParts {
  readonly told: ToldEvent;
  /** JSON in one line; else damage. */
  readonly isJson: boolean;
  /** Of its data, without the quotes around it; before the next event is looked at. */
  readonly cell?: Uint8Array;
}

export const eventParts = (leaf: Leaf, bytes: Uint8Array): EventParts =>
  plainParts(leaf, bytes) ?? parsedParts(leaf, bytes);

/** Of nearly every event, the same without parsing it. */
function plainParts(leaf: Leaf, stored: Uint8Array): EventParts | undefined {
  const bytes = Buffer.from(stored.buffer, stored.byteOffset, stored.byteLength);
  if (bytes.toString('latin1', 0, opening.length) !== opening) return undefined;
  const data = readPlainData(bytes, opening.length);
  if (data === undefined) return undefined;
  const { end, cell } = data;
  const dataText = () => bytes.toString('latin1', opening.length, end);
  const told = plainMetadata(leaf, bytes.toString('latin1', end), dataText);
  return told && { told, isJson: true, cell };
}

function parsedParts(leaf: Leaf, bytes: Uint8Array): EventParts {
  const envelope = envelopeOf(bytes);
  return { told: toldEvent(leaf, envelope), isJson: envelope !== undefined };
}

/** Its line of `events.jsonl`. */
export function addLine(lines: Pieces, leafText: string, bytes: Uint8Array, { isJson }: EventParts): void {
  if (isJson) {
    lines.text(`{"leaf":${leafText},"envelope":`);
    lines.bytes(bytes);
    lines.text('}\n');
  } else lines.text(eventLine(leafText, undefined, bytes));
}

/** Its row of the table. */
export function addRow(table: Pieces, { told: event, cell }: EventParts): void {
  table.text(csvStart(event));
  if (cell === undefined) return table.text(`${csvCell(event.data())}\r\n`);
  table.text('"');
  table.bytes(cell);
  table.text('"\r\n');
}
