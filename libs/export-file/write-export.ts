import { DomainError, type Digest } from '#kernel';
import { createDigester, digestBytes, signEnvelope, type Signer } from '#evidence';
import { writeZip, type ZipPart } from '#stored-zip';
import { csvHeader } from './csv.js';
import { addLine, addRow, eventParts } from './event-parts.js';
import { leafText, type Leaf } from './leaf.js';
import { eventFilter, leafFilter } from './leaf-filter.js';
import {
  manifestBytes,
  names,
  payloadType,
  type ExportAbout,
  type ExportFormat,
  type ExportManifest,
  type ExportMember,
} from './manifest.js';
import { openPieces } from './pieces.js';
import { openRangeRoot } from './range-root.js';
import { reportHtml } from './report.js';
import { openSpool, type Spool } from './spool.js';
import { Tally } from './tally.js';
import { exportMember } from './zip-file.js';

export interface ExportContents {
  readonly about: Omit<ExportAbout, 'events' | 'others' | 'types' | 'recorded'>;
  /** What the filter's runs and blueprints come to; undefined for every stream. */
  readonly streams?: ReadonlySet<string> | undefined;
  readonly formats: readonly ExportFormat[];
  /** Signed note that covers the range. */
  readonly checkpoint: string;
  /** Every event of the range, in order, in batches. */
  readonly entries: AsyncIterable<readonly RangeEvent[]>;
  readonly signer: Signer;
  /** Lines of `named.jsonl` for an event, by its metadata; absent where people stay pseudonyms. */
  readonly named?: (eventId: string, metadata: unknown) => Promise<string>;
}

/** An event of the range: its leaf in the log and its stored bytes. */
export interface RangeEvent {
  readonly leaf: Leaf;
  readonly bytes: Uint8Array;
}

export interface WrittenExport {
  readonly manifest: ExportManifest;
  readonly manifestDigest: Digest;
}

interface Spools {
  readonly leaves: Spool;
  readonly csv: Spool;
  readonly named: Spool;
}

/**
 * An export as one zip, streamed in one pass over its events: memory does not grow with them. What is not written at once waits in
 * a nameless file.
 * @throws LOG_DISAGREES, and nothing is signed, when the events are not those that the checkpoint stands for
 */
export async function* writeExport(contents: ExportContents): AsyncGenerator<Uint8Array, WrittenExport> {
  const spools = { leaves: await openSpool(), csv: await openSpool(), named: await openSpool() };
  const written: { export?: WrittenExport } = {};
  try {
    yield* writeZip(membersOf(contents, spools, written));
    return written.export as WrittenExport;
  } finally {
    await spools.leaves.close();
    await spools.csv.close();
    await spools.named.close();
  }
}

async function* membersOf(
  contents: ExportContents,
  spools: Spools,
  written: { export?: WrittenExport },
): AsyncGenerator<ZipPart> {
  const { about, checkpoint, formats, streams, signer } = contents;
  const members: ExportMember[] = [];
  const member = (name: string, bytes: AsyncIterable<Uint8Array>) =>
    exportMember(name, listed(name, bytes, members));
  const tally = new Tally();
  yield member(names.events, eventLines(contents, spools, tally));
  yield member(names.leaves, spools.leaves.read());
  if (streams !== undefined) yield member(names.streams, once(streamsText(streams)));
  if (formats.includes('csv')) yield member(names.csv, spools.csv.read());
  const whole: ExportAbout = { ...about, ...tally.facts() };
  if (formats.includes('html')) yield member(names.html, once(reportHtml(whole, tally.rows)));
  yield member(names.checkpoint, once(checkpoint));
  const manifest: ExportManifest = { ...whole, members };
  const bytes = manifestBytes(manifest);
  yield exportMember(names.manifest, once(bytes));
  const envelope = await signEnvelope(payloadType, bytes, [signer]);
  yield exportMember(names.signature, once(`${JSON.stringify(envelope, null, 2)}\n`));
  if (contents.named) yield exportMember(names.named, spools.named.read());
  written.export = { manifest, manifestDigest: digestBytes(bytes) };
}

/** The lines of the events that were asked for; on the way everything else comes about. */
async function* eventLines(
  { about, streams, formats, entries, named }: ExportContents,
  { leaves, csv, named: people }: Spools,
  tally: Tally,
): AsyncGenerator<Uint8Array> {
  const root = openRangeRoot(about.range, Number(about.log.size));
  const [leafFits, eventFits] = [leafFilter(about.filter, streams), eventFilter(about.filter)];
  const withCsv = formats.includes('csv');
  if (withCsv) csv.pieces.text(csvHeader);
  const lines = openPieces();
  for await (const batch of entries) {
    for (const { leaf, bytes } of batch) {
      const text = leafText(leaf);
      root.leaf(text);
      const parts = leafFits(leaf) ? eventParts(leaf, bytes) : undefined;
      if (parts === undefined || !eventFits(parts.told)) {
        tally.other();
        leaves.pieces.text(`${text}\n`);
        continue;
      }
      tally.event(parts.told);
      if (withCsv) addRow(csv.pieces, parts);
      addLine(lines, text, bytes, parts);
      if (named) people.pieces.text(await named(leaf.eventId, parts.metadata));
    }
    yield* lines.full();
    await Promise.all([leaves.drained(), csv.drained(), people.drained()]);
  }
  yield lines.rest();
  if (root.root() === about.log.root) return;
  const message =
    'the event store does not hold the events that the log was made of; `holdfast audit verify` says which differ';
  throw new DomainError('integrity', 'LOG_DISAGREES', message);
}

async function* listed(
  path: string,
  bytes: AsyncIterable<Uint8Array>,
  members: ExportMember[],
): AsyncGenerator<Uint8Array> {
  const digester = createDigester();
  for await (const piece of bytes) {
    digester.update(piece);
    yield piece;
  }
  members.push({ path, sizeBytes: String(digester.sizeBytes), digest: digester.digest() });
}

export const streamsText = (streams: ReadonlySet<string>): string =>
  [...streams]
    .sort()
    .map((stream) => `${stream}\n`)
    .join('');

async function* once(bytes: Uint8Array | string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(bytes);
}
