import { DomainError, streamKind, type StreamId } from '#kernel';
import type { auditor, common } from '#contracts';
import { exitStatus } from '../exit-status.js';
import { goingOn } from '../going-on.js';
import { isData, openList, showOne } from '../output/format.js';
import { wholeNumber } from '../output/pages.js';
import { printable } from '../output/terminal.js';
import { shortId, when } from '../output/units.js';
import { readRun } from '../run/read-run.js';
import { dataOf, eventText } from '../view/event-text.js';
import { actorText } from '../view/person-text.js';
import { plain } from '../view/plain.js';
import type { Session } from '../session.js';
import { flag, text, texts, type Action, type Options } from '../verb.js';
import { momentFrom, rangeFrom } from './moments.js';

/** Every event of a subject, or of everything, in the order of the whole store: who, what, when, why. */
export const history: Action = async (session, [subject = ''], options) => {
  if (text(options, 'diff') !== undefined) {
    const { compareMoments } = await import('./compare-moments.js');
    return compareMoments(session, subject, options);
  }
  const request = requestOf(session.namespaceFor(subject), subject, options);
  if (request.types.length > 0) await sayUnknownTypes(session, options);
  if (subject === '') sayNoNamespaces(session);
  const reading = request.follow
    ? followed(session, request)
    : (await session.connection()).auditor.readHistory(request);
  return flag(options, 'state')
    ? showState(session, options, reading)
    : showEvents(session, options, reading);
};

async function sayUnknownTypes({ terminal }: Session, options: Options): Promise<void> {
  const { unknownTypes } = await import('./known-events.js');
  unknownTypes(options).forEach((said) => terminal.note(printable(said)));
}

/** Who names a namespace may take what follows for what is in it. */
export function sayNoNamespaces({ terminal, namespaceNamed }: Session): void {
  if (namespaceNamed === undefined) return;
  terminal.note('-n says where names and ids are looked up; this is of every namespace');
}

type Reading = AsyncIterable<auditor.ReadHistoryResponse>;

/** What comes, gone on with behind the last event when the connection was lost; given up when it is not to be had for a minute. */
export async function* followed(
  session: Session,
  asked: auditor.ReadHistoryRequest,
): AsyncGenerator<auditor.ReadHistoryResponse, void> {
  const { auditor } = await session.connection();
  const request = { ...asked };
  // The last run may be another by then.
  if (request.subject === 'last') request.subject = `run-${(await readRun(session, 'last')).id}`;
  for await (const message of goingOn(session, () => auditor.readHistory(request))) {
    const index = message.event?.index;
    if (index !== undefined) request.afterIndex = index;
    yield message;
    if (message.event && request.limit > 0 && --request.limit === 0) return;
  }
}

async function showEvents(session: Session, options: Options, reading: Reading) {
  const { terminal, format, quiet } = session;
  const list = quiet || !isData(format) ? undefined : await openList(terminal, format);
  const data = flag(options, 'data');
  let [shown, whole] = [0, false];
  try {
    for await (const { event, resolvedIndex } of reading) {
      if (event !== undefined) {
        if (shown++ === 0 && !quiet && !list) terminal.out(heading(format === 'wide'));
        if (quiet) terminal.out(event.eventId);
        else if (list) list.item(plain(event));
        else terminal.out(line(event, format === 'wide', data));
        await terminal.drained();
      }
      if (resolvedIndex !== undefined)
        terminal.note(
          resolvedIndex < 0 ? 'as of a time before the first event' : `as of index ${resolvedIndex}`,
        );
    }
    whole = true;
  } finally {
    // Whoever interrupts what is followed has all of it; what broke off is no document.
    if (whole || session.signal.aborted) list?.end();
  }
  if (shown === 0 && !isData(format)) terminal.note('no events');
  return exitStatus.success;
}

/** What the events of each stream add up to; nothing is asked but the events. */
async function showState({ terminal, format }: Session, options: Options, reading: Reading) {
  const refused = ['type', 'actor', 'from', 'to', 'after', 'limit', 'watch'].filter(
    (name) => options[name] !== undefined,
  );
  if (refused.length > 0)
    throw invalid('STATE_NEEDS_ALL', `--state folds every event: leave out --${refused.join(' and --')}`);
  const { stateAfter } = await import('../view/fold-events.js');
  const streams = new Map<string, common.Event[]>();
  let asOf: number | undefined;
  for await (const { event, resolvedIndex } of reading) {
    const before = event && streams.get(event.stream);
    if (before) before.push(event);
    else if (event) streams.set(event.stream, [event]);
    asOf = resolvedIndex ?? asOf;
  }
  const states = [...streams].map(([stream, events]) => {
    const { revision, type } = events.at(-1) as common.Event;
    return { stream, revision, type, state: stateAfter(streamKind(stream as StreamId), events) };
  });
  if (states.length === 0) terminal.note('nothing had happened to it by then');
  if (states.length > 0 || isData(format))
    await showOne(terminal, format, plain({ asOf, states }), () =>
      states
        .map(({ stream, revision, type, state }) =>
          printable(`${stream} after revision ${revision} (${type})\n${JSON.stringify(state, null, 2)}`),
        )
        .join('\n'),
    );
  return exitStatus.success;
}

function requestOf(namespace: string, subject: string, options: Options): auditor.ReadHistoryRequest {
  const actor = text(options, 'actor');
  return {
    subject,
    namespace,
    asOf: asOfFrom(text(options, 'asOf')),
    ...boundsOf(options),
    types: [...texts(options, 'type')],
    ...(actor === undefined ? {} : { actor }),
    limit: wholeNumber(options, 'limit', 1, 0),
    follow: flag(options, 'watch'),
  };
}

/** `--from` an index is after the one before it; of that and `--after`, the later one bounds. */
function boundsOf(options: Options): Partial<auditor.ReadHistoryRequest> {
  const [from, to] = rangeFrom(text(options, 'from'), text(options, 'to'));
  const after = Math.max(wholeNumber(options, 'after', 0, -1), (from?.index ?? 0) - 1);
  return {
    ...(from?.time === undefined ? {} : { recordedFrom: from.time }),
    ...(to?.time === undefined ? {} : { recordedTo: to.time }),
    ...(after < 0 ? {} : { afterIndex: after }),
    ...(to?.index === undefined ? {} : { toIndex: to.index }),
  };
}

/** An index of the store, or a time. */
export function asOfFrom(given: string | undefined): auditor.ReadHistoryRequest['asOf'] {
  const moment = momentFrom('--as-of', given);
  if (moment === undefined) return undefined;
  return moment.time === undefined
    ? { $case: 'asOfIndex', value: moment.index }
    : { $case: 'asOfTime', value: moment.time };
}

const widths = [8, 19, 24, 22, 17] as const;
const columns = (cells: readonly string[]): string =>
  cells
    .map((cell, i) => cell.padEnd(widths[i] ?? 0))
    .join('  ')
    .trimEnd();

const heading = (wide: boolean): string =>
  columns(['INDEX', 'WHEN (UTC)', 'TYPE', 'OF', 'WHO', `WHAT AND WHY${wide ? ', EVENT, CAUSE' : ''}`]);

function line(event: common.Event, wide: boolean, withData: boolean): string {
  const { index, recordedAt, type, stream, revision, actor, reason, eventId, causationId, envelope } = event;
  const kind = streamKind(stream as StreamId);
  const what = [eventText(event), reason ? `“${reason}”` : ''].filter((part) => part !== '').join(' ');
  const cells = [
    index === undefined ? '–' : String(index),
    when(recordedAt) ?? '–',
    type,
    `${kind} ${shortId(stream.slice(kind.length + 1))}`,
    actor ? actorText(actor) : '–',
    wide ? `${what}  ${eventId}${causationId ? ` ← ${causationId}` : ''}  @${revision}` : what,
  ];
  const first = printable(columns(cells)).replace(/\s*\n\s*/g, ' ');
  const data = withData ? dataOf(envelope) : undefined;
  return data === undefined ? first : `${first}\n${printable(JSON.stringify(data, null, 2))}`;
}

const invalid = (code: string, message: string): DomainError => new DomainError('invalid', code, message);
