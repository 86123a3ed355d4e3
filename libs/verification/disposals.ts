import { nameId } from '#evidence';
import type { JudgedEvent } from './event-source.js';
import type { Finding } from './findings.js';
import { objectIn, parsed, textIn, type JudgedHistory } from './judged.js';
import { place } from './reconcile.js';

/** What decides about the bytes of a run, or of a version of a dataset, by its own events. */
interface Facts {
  /** What may put it in a class, the nearest first. */
  readonly subjects: readonly string[];
  /** What else a hold may name to keep it. */
  readonly also: readonly string[];
  /** When its time began, in ms since the epoch; absent while a run has not ended. */
  readonly sinceMs?: number;
}

interface RetentionClass {
  readonly artifacts: readonly unknown[];
  /** Infinite: for ever. */
  readonly days: number;
}

type Problem = Pick<Finding, 'code' | 'message'>;
/** A tombstone, with what is wrong with it if bytes went by it. */
interface Open {
  readonly tombstone: JudgedEvent;
  readonly problems: readonly Problem[];
  readonly isWithdrawn: boolean;
}

const dayMs = 24 * 60 * 60 * 1000;
const forEver: RetentionClass = { artifacts: [], days: Infinity };
const ends = new Set(['RunCompleted', 'RunFailed', 'RunCancelled']);

/**
 * Tells of tombstones that a hold, or the time of a retention class, should have kept from being set, as history stood at that place, and of
 * those by nobody's authority. One that was withdrawn before anything was gone is no finding: a hold may come while a tombstone is set.
 */
export async function checkDisposals(
  history: JudgedHistory,
  tell: (finding: Finding) => void,
): Promise<void> {
  const holds = new Map<string, { readonly index: number; readonly covers: readonly string[] }>();
  const classes = new Map<string, RetentionClass>();
  const assigned = new Map<string, string>();
  const open = new Map<string, Open>();

  const tellOf = ({ tombstone, problems }: Open) => {
    for (const problem of problems) tell({ ...place(tombstone), ...problem });
  };

  const noteClass = ({ data: { name, artifacts, keepForDays } }: JudgedEvent) => {
    const kinds = Array.isArray(artifacts) ? artifacts : classes.get(textIn(name))?.artifacts;
    const days = typeof keepForDays === 'number' ? keepForDays : Infinity;
    classes.set(textIn(name), { artifacts: kinds ?? [], days });
  };
  const end = ({ stream }: JudgedEvent) => {
    const ended = open.get(stream);
    open.delete(stream);
    if (ended !== undefined) tellOf(ended);
  };
  const notes: Readonly<Record<string, (event: JudgedEvent) => unknown>> = {
    async HoldPlaced({ stream, index, data }) {
      holds.set(stream, { index, covers: await coveredBy(history, textIn(data['subject'])) });
    },
    HoldReleased: ({ stream }) => holds.delete(stream),
    RetentionClassDeclared: noteClass,
    RetentionLengthened: noteClass,
    RetentionShortened: noteClass,
    RetentionAssigned: ({ data }) => assigned.set(textIn(data['subject']), textIn(data['class'])),
    async ArtifactsDisposed(event) {
      if (open.get(event.stream)?.isWithdrawn === false) end(event);
      open.set(event.stream, { tombstone: event, problems: await problemsOf(event), isWithdrawn: false });
    },
    DisposalFinished: end,
    DisposalWithdrawn(event) {
      if (event.data['gone'] !== 0) end(event);
      // Bytes that go all the same are told by another end.
      const { stream } = event;
      const kept = open.get(stream);
      if (kept !== undefined) open.set(stream, { ...kept, isWithdrawn: true });
    },
  };

  async function problemsOf({ stream, data, metadata }: JudgedEvent): Promise<Problem[]> {
    const facts = await factsOf(history, data);
    if (facts === undefined || stream !== facts.stream)
      return [wrong('DISPOSED_WITHOUT_AUTHORITY', 'nothing is known of what it says to dispose of')];
    const problems: Problem[] = [];
    const names = [...facts.subjects, ...facts.also];
    for (const [hold, { index, covers }] of holds)
      if (covers.some((name) => names.includes(name)))
        problems.push(wrong('DISPOSED_WHILE_HELD', `${hold}, placed at index ${index}, was in force`));
    const { early, artifacts, authority } = data;
    if (early !== true) {
      const name = facts.subjects.map((subject) => assigned.get(subject)).find((one) => one !== undefined);
      const why = keptBy(
        classes.get(name ?? '') ?? forEver,
        facts,
        artifacts,
        textIn(metadata['recordedAt']),
      );
      if (why !== '') problems.push(wrong('DISPOSED_TOO_EARLY', `its class, ${name ?? 'for-ever'}, ${why}`));
    }
    const lacking = [
      ...(textIn(authority).trim() === '' ? ['authority'] : []),
      ...(textIn(objectIn(metadata['actor'])['id']) === '' ? ['actor'] : []),
      ...(metadata['reason'] === undefined || metadata['reason'] === '' ? ['reason'] : []),
    ];
    if (lacking.length > 0)
      problems.push(wrong('DISPOSED_WITHOUT_AUTHORITY', `it names no ${lacking.join(', no ')}`));
    return problems;
  }

  for await (const event of history.judged(['disposal', 'hold', 'retention']))
    if (Object.hasOwn(notes, event.type)) await notes[event.type]?.(event);
  for (const one of open.values()) if (!one.isWithdrawn) tellOf(one);
}

const wrong = (code: Problem['code'], message: string): Problem => ({ code, message: message.slice(0, 500) });

/** Why a class keeps these artifacts then; empty when it does not. */
function keptBy(of: RetentionClass, { sinceMs }: Facts, artifacts: unknown, recordedAt: string): string {
  if (of.days === Infinity) return 'keeps it for ever';
  const others = (Array.isArray(artifacts) ? artifacts : []).filter((kind) => !of.artifacts.includes(kind));
  if (others.length > 0) return `never disposes of ${others.join(', ')}`;
  if (sinceMs === undefined) return 'counts from an end that had not come';
  const isOver = Date.parse(recordedAt) >= sinceMs + of.days * dayMs;
  return isOver ? '' : `keeps it for ${of.days} days from ${new Date(sinceMs).toISOString()} on`;
}

/** Undefined when there is no such run or version; `stream` is that of its disposals. */
async function factsOf(
  history: JudgedHistory,
  tombstone: JudgedEvent['data'],
): Promise<(Facts & { readonly stream: string }) | undefined> {
  if (tombstone['dataset'] !== undefined) {
    const { name, number } = objectIn(tombstone['dataset']);
    const namespace = textIn(tombstone['namespace']);
    const stream = `dataset-${nameId('dataset', namespace, textIn(name))}`;
    const added =
      typeof number === 'number' && Number.isSafeInteger(number) && number > 0
        ? await dataOf(history, stream, number - 1)
        : undefined;
    if (added === undefined) return undefined;
    const id = nameId('dataset-version', namespace, textIn(name), String(number));
    const subjects = [stream, namespaceStream(namespace)];
    return { stream: `disposal-${id}`, subjects, also: [], ...since(added['at']) };
  }
  const run = textIn(tombstone['run']);
  const itself = { stream: `disposal-${run}`, also: [`bundle-${run}`] };
  const submitted = await dataOf(history, `run-${run}`, 0);
  if (submitted === undefined) {
    const imported = await dataOf(history, `bundle-${run}`, 0);
    if (imported === undefined) return undefined;
    const subjects = [`run-${run}`, namespaceStream(textIn(imported['namespace']))];
    return { ...itself, subjects, ...since(imported['at']) };
  }
  const { namespace, blueprint, sweep } = submitted;
  const [, space = '', name = ''] = /^([^/]*)\/(.*)$/s.exec(textIn(objectIn(blueprint)['name'])) ?? [];
  const last = await history.event(`run-${run}`, -1);
  return {
    ...itself,
    subjects: [
      ...[`run-${run}`, `blueprint-${nameId('blueprint', space, name)}`],
      namespaceStream(textIn(namespace)),
    ],
    also: [...itself.also, ...(sweep === undefined ? [] : [`sweep-${textIn(objectIn(sweep)['id'])}`])],
    ...(last !== undefined && ends.has(last.type) ? since(parsed(last.bytes).data['at']) : {}),
  };
}

const namespaceStream = (name: string): string => `namespace-${nameId('namespace', name)}`;

const since = (at: unknown) => {
  const sinceMs = Date.parse(textIn(at));
  return Number.isNaN(sinceMs) ? {} : { sinceMs };
};

/** A hold on a reproduction or a finding is on the runs that it is about. */
async function coveredBy(history: JudgedHistory, subject: string): Promise<readonly string[]> {
  if (!/^(reproduction|drift)-/.test(subject)) return [subject];
  const { originalRun, repeatedRun, run } = (await dataOf(history, subject, 0)) ?? {};
  const runs = [originalRun, repeatedRun, run].map(textIn).filter((id) => id !== '');
  return [subject, ...runs.map((id) => `run-${id}`)];
}

async function dataOf(history: JudgedHistory, stream: string, revision: number) {
  const event = await history.event(stream, revision);
  return event && parsed(event.bytes).data;
}
