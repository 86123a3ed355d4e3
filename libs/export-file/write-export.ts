import { DomainError, type Digest } from '#kernel';
import { createDigester, digestBytes, signEnvelope, type Signer } from '#evidence';
import { writeZip, type ZipPart } from '#stored-zip';
import { envelopeOf } from './event-line.js';
import { isThreadFree, startEventThread } from './event-thread.js';
import {
  openEventWriter,
  type EventWriter,
  type RangeEvent,
  type WriterOptions,
  type WrittenEvents,
  type WrittenRange,
} from './event-writer.js';
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
import { reportHtml } from './report.js';
import { openSpool, spoolInto, type Spool } from './spool.js';
import { metadataOf } from './told-event.js';
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

export interface WrittenExport {
  readonly manifest: ExportManifest;
  readonly manifestDigest: Digest;
}

interface Spools {
  readonly leaves: Spool;
  readonly csv: Spool;
  readonly named: Spool;
}

/** From so many events on a thread is worth its start, some 60 ms. */
const threadFrom = 10_000;

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
  const told: { range?: WrittenRange } = {};
  yield member(names.events, eventLines(contents, spools, told));
  const { facts, rows } = told.range as WrittenRange;
  yield member(names.leaves, spools.leaves.read());
  if (streams !== undefined) yield member(names.streams, once(streamsText(streams)));
  if (formats.includes('csv')) yield member(names.csv, spools.csv.read());
  const whole: ExportAbout = { ...about, ...facts };
  if (formats.includes('html')) yield member(names.html, once(reportHtml(whole, rows)));
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
  spools: Spools,
  told: { range?: WrittenRange },
): AsyncGenerator<Uint8Array> {
  const { range, filter, log } = about;
  const table = formats.includes('csv') ? { table: spools.csv.fd } : {};
  const options: WriterOptions = {
    ...{ range, filter, streams, logSize: Number(log.size) },
    spools: { leaves: spools.leaves.fd, ...table },
  };
  const few = Number(range.end) - Number(range.first) < threadFrom;
  const writer = few || !isThreadFree() ? openEventWriter(options) : startEventThread(options);
  const people = openPieces();
  const toNamed = spoolInto(spools.named.fd, people);
  try {
    for await (const { events, written } of inOrder(entries, writer)) {
      yield* written.lines;
      if (named) {
        for (const i of written.asked) people.text(await named(...whoAndWhy(events[i] as RangeEvent)));
        await toNamed.drained();
      }
    }
    told.range = await writer.end();
    yield* told.range.lines;
    await toNamed.end();
  } finally {
    await Promise.all([writer.close(), toNamed.close()]);
  }
  if (told.range.root === log.root) return;
  const message =
    'the event store does not hold the events that the log was made of; `holdfast audit verify` says which differ';
  throw new DomainError('integrity', 'LOG_DISAGREES', message);
}

/** Batches that are read while one is written. */
const ahead = 6;

interface Begun {
  readonly events: readonly RangeEvent[];
  readonly writing: Promise<WrittenEvents>;
}

/** What events become, in their order; meanwhile those after them are read. */
async function* inOrder(entries: ExportContents['entries'], writer: EventWriter) {
  const begun: Begun[] = [];
  const oldest = async () => {
    const { events, writing } = begun.shift() as Begun;
    return { events, written: await writing };
  };
  for await (const events of entries) {
    const writing = writer.write(events);
    writing.catch(() => undefined);
    begun.push({ events, writing });
    if (begun.length > ahead) yield oldest();
  }
  while (begun.length > 0) yield oldest();
}

const whoAndWhy = ({ eventId, bytes }: RangeEvent): [eventId: string, metadata: unknown] => [
  eventId,
  metadataOf(envelopeOf(bytes)),
];

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
