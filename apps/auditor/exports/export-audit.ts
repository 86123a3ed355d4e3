import { assertNoProblems } from '#kernel';
import { edgeRanges, rangeHashes, type Checkpoint } from '#evidence';
import type { auditor as proto } from '#contracts';
import { accessStream } from '#domain/access';
import {
  formats as allFormats,
  writeExport,
  type ExportContents,
  type RangeEvent,
  type ExportFilter,
  type ExportFormat,
} from '#export-file';
import type { CallContext } from '#platform';
import { bounded, saidOf } from '../access/record-access.js';
import type { Auditor } from '../auditor.js';
import { newestIndex } from '../history/as-of.js';
import { timesWithin } from '../history/choose-events.js';
import { wholeStore } from '../history/whole-store.js';
import { assertHandedOver } from '../log/own-checkpoint.js';
import { withActor } from '../people/actor.js';
import { chunks } from './chunks.js';
import { exportProblems } from './export-problems.js';
import { namedLines } from './named-lines.js';
import { streamsOfExport } from './streams-of-export.js';

/**
 * The trail as one file, in chunks, and in the last message what it is. Everything appended before the call that the log covers by
 * then. That it is taken is recorded before the first chunk, and the digest of what was taken before the last.
 * @throws INVALID_REQUEST, SUBJECT_NOT_FOUND, ACTOR_NOT_FOUND, AMBIGUOUS_ID, LOG_EMPTY, LOG_DISAGREES, KEY_NOT_ANNOUNCED
 */
export async function* exportAudit(
  auditor: Auditor,
  given: proto.ExportAuditRequest,
  context: CallContext,
): AsyncGenerator<proto.ExportAuditResponse> {
  assertNoProblems(exportProblems(given), 'INVALID_REQUEST');
  await auditor.upToDate(context, ['history', 'runs', 'baselines']);
  const request = await withActor(auditor, given, context);
  const streams = await streamsOfExport(auditor, request, context);
  await auditor.log.covers((await newestIndex(auditor.views.history)) + 1, context);
  const signed = await auditor.log.checkpoint();
  const { size } = signed.checkpoint;
  const range = await rangeOf(auditor, request, size);
  const asked = askedOf(request);
  const positions = { first: String(range.first), end: String(range.end) };
  await auditor.access.exported(
    { type: 'TrailExportStarted', asked, ...positions, logSize: String(size), at: context.receivedAt },
    request.reason ?? '',
    context,
  );
  const contents = await contentsOf(auditor, { request, context, streams, signed, range });
  const file = writeExport(contents);
  const { manifest, manifestDigest } = yield* chunks(file);
  const { events, others } = manifest;
  const at = auditor.clock.now();
  await auditor.access.exported(
    { type: 'TrailExported', manifest: manifestDigest, events, others, at },
    request.reason ?? '',
    context,
  );
  const nothing = range.first === range.end;
  yield {
    chunk: Buffer.alloc(0),
    summary: {
      manifestDigest,
      events: Number(events),
      others: Number(others),
      ...(nothing ? {} : { firstIndex: range.first, lastIndex: range.end - 1 }),
      logSize: size,
      keyName: contents.signer.keyName,
    },
  };
}

interface Range {
  readonly first: number;
  /** Exclusive. */
  readonly end: number;
}

/** The narrowest range that holds every event that can be asked for, of what the log covers. */
async function rangeOf(
  { views }: Auditor,
  request: proto.ExportAuditRequest,
  logSize: number,
): Promise<Range> {
  const { fromIndex = 0, toIndex = Infinity, recordedTo } = request;
  const within = await timesWithin(views.history, request);
  const to = Math.min(logSize, toIndex + 1);
  const from = Math.min(fromIndex, to);
  const [first, end] = [Math.max(from, within.first), Math.min(to, within.last + 1)];
  if (first < end) return { first, end };
  const nowhere = recordedTo === undefined ? to : from;
  return { first: nowhere, end: nowhere };
}

interface Export {
  readonly request: proto.ExportAuditRequest;
  readonly context: CallContext;
  readonly streams: ReadonlySet<string> | undefined;
  readonly signed: { readonly note: string; readonly checkpoint: Checkpoint };
  readonly range: Range;
}

async function contentsOf(
  auditor: Auditor,
  { request, context, streams, signed, range }: Export,
): Promise<ExportContents> {
  const { first, end } = range;
  const { origin, size, root } = signed.checkpoint;
  const [left, right] = [edgeRanges({ from: 0, to: first }), edgeRanges({ from: end, to: size })];
  const hashes = (await rangeHashes([...left, ...right], size, await auditor.log.read())).map(hex);
  const signer = await auditor.log.signer();
  const rotations = await auditor.log.keyStatements();
  assertHandedOver(signed.note, signer, rotations);
  return {
    about: {
      ...{ format: 'holdfast-audit-export', v: 1 },
      record: accessStream(context.commandId),
      exportedAt: context.receivedAt,
      exportedBy: { id: context.actor.id, type: context.actor.type },
      filter: filterOf(request),
      range: {
        first: String(first),
        end: String(end),
        left: hashes.slice(0, left.length),
        right: hashes.slice(left.length),
      },
      log: { origin, size: String(size), root: hex(root) },
      ...(rotations.length === 0 ? {} : { rotations }),
    },
    ...{ streams, signer, checkpoint: signed.note },
    ...(request.named ? { named: namedLines(auditor.runtime.people) } : {}),
    formats: request.formats.length === 0 ? allFormats : (request.formats as ExportFormat[]),
    entries: entriesOf(auditor, range, context.signal),
  };
}

const hex = (hash: Uint8Array): string => Buffer.from(hash).toString('hex');

/** Every event of the range, as the event store has it now. */
async function* entriesOf(
  { runtime, views }: Auditor,
  { first, end }: Range,
  signal: AbortSignal,
): AsyncGenerator<readonly RangeEvent[]> {
  if (first >= end) return;
  const options = { after: first - 1, follow: false, signal };
  for await (const events of wholeStore(runtime.engines.eventStore, views.history, options)) {
    const wanted = events.filter(({ index }) => index < end);
    yield wanted.map(({ index, stored }) => ({ index, ...stored }));
    if (wanted.length < events.length) return;
  }
}

function filterOf(request: proto.ExportAuditRequest): ExportFilter {
  const { recordedFrom, recordedTo, actor, types, runs, blueprints, study, namespace } = request;
  // It leaves nothing out by itself: names and ids were looked up there.
  const within = runs.length + blueprints.length === 0 ? undefined : namespace;
  const [fromIndex, toIndex] = [request.fromIndex?.toString(), request.toIndex?.toString()];
  return Object.fromEntries(
    saidOf({
      recordedFrom,
      recordedTo,
      fromIndex,
      toIndex,
      actor,
      types,
      runs,
      blueprints,
      study,
      namespace: within,
    }),
  );
}

function askedOf(request: proto.ExportAuditRequest) {
  const { namespace, actor, types, runs, blueprints, study, formats } = request;
  return bounded({
    ...{ namespace, actor, types, runs, blueprints, study, formats },
    edition: request.named ? 'named' : undefined,
    from: request.recordedFrom ?? request.fromIndex?.toString(),
    to: request.recordedTo ?? request.toIndex?.toString(),
  });
}
