import type { common } from '#contracts';
import { decodeEnvelope, type Envelope } from '#contracts/stored';
import type { Driven } from '../support/experiment.js';

export type Event = common.Event & { readonly data: Readonly<Record<string, unknown>> };

/** So that what never comes is told of, with what has come. */
const patienceMs = 120_000;

const terminal = new Set(['RunRejected', 'RunCompleted', 'RunFailed', 'RunCancelled']);
const comparing = new Set(['BaselineHeld', 'DriftDetected']);
const uuidOf = ({ stream }: Event): string => stream.slice(stream.indexOf('-') + 1);
const ofType = (events: readonly Event[], type: string) => events.filter((event) => event.type === type);

/** What must come of the workload: so many things, no more and no fewer. */
export interface Expected {
  readonly runs: number;
  readonly reproductions: number;
  readonly comparisons: number;
}

/** All of history, followed until nothing is left to be done. @throws with what there is instead */
export async function historyWhen(
  { connection }: Driven,
  { runs, reproductions, comparisons }: Expected,
): Promise<readonly Event[]> {
  const stop = new AbortController();
  const events: Event[] = [];
  const left = { ends: runs, bundles: runs, verdicts: reproductions, comparisons };
  const all = { subject: '', namespace: '', asOf: undefined, types: [], limit: 0, follow: true };
  const options = { signal: stop.signal, deadlineMs: patienceMs };
  try {
    for await (const { event } of connection.auditor.readHistory(all, options)) {
      if (event === undefined) continue;
      const { data } = decodeEnvelope(event.envelope) as Envelope;
      events.push({ ...event, data: data as Event['data'] });
      if (terminal.has(event.type)) left.ends--;
      if (event.type === 'BundleSealed') left.bundles--;
      if (event.type === 'ReproductionConcluded') left.verdicts--;
      if (comparing.has(event.type)) left.comparisons--;
      if (Object.values(left).every((count) => count <= 0)) return events;
    }
  } catch (cause) {
    const ends = events.map(({ stream, type }) => `${type} ${stream}`).slice(-40);
    throw new Error(`history is not as wanted; last in it:\n${ends.join('\n')}`, { cause });
  } finally {
    stop.abort();
  }
  throw new Error('history ended before it was as wanted');
}

/** By the uuid in the names of their streams. */
const byStream = (events: readonly Event[]): Map<string, Event[]> => {
  const found = new Map<string, Event[]>();
  for (const event of events) found.set(uuidOf(event), [...(found.get(uuidOf(event)) ?? []), event]);
  return found;
};

/** Everything that is wrong with the life of one run: it ends once, and an attempt is lost only with its executor. */
function* findingsInRun(run: string, events: readonly Event[]): Generator<string> {
  const ends = events.map(({ type }) => type).filter((type) => terminal.has(type));
  if (ends.join() !== 'RunCompleted') yield `run ${run} has ended as [${ends.join()}]`;
  else if (events.at(-1)?.type !== 'RunCompleted') yield `run ${run} goes on after its end`;
  const epochs = ofType(events, 'RunClaimed').map(({ data }) => data['epoch']);
  const dense = epochs.every((epoch, index) => epoch === index + 1);
  if (!dense) yield `run ${run} was claimed at epochs ${epochs.join()}`;
  const lost = ofType(events, 'RunRetried').map(({ data }) => (data['failure'] as { class: string }).class);
  if (lost.length !== epochs.length - 1 || lost.some((failure) => failure !== 'executor-lost'))
    yield `run ${run} was claimed ${epochs.length} times, after [${lost.join()}]`;
}

/** Everything that is wrong with a history in which each thing must have happened once. */
export function findingsIn(events: readonly Event[], expected: Expected): string[] {
  const found: string[] = [];
  const note = (wrong: boolean, what: string) => {
    if (wrong) found.push(what);
  };
  const revisions = new Map<string, number>();
  for (const { stream, revision, type } of events) {
    note(revision !== (revisions.get(stream) ?? -1) + 1, `${stream} has ${type} at ${revision} out of turn`);
    revisions.set(stream, revision);
  }
  note(new Set(events.map(({ eventId }) => eventId)).size !== events.length, 'an event id is there twice');

  const runs = byStream(events.filter(({ stream }) => stream.startsWith('run-')));
  note(runs.size !== expected.runs, `${runs.size} runs, not ${expected.runs}`);
  for (const [run, own] of runs) found.push(...findingsInRun(run, own));
  const repeats = ofType(events, 'RunSubmitted').filter(({ data }) => data['reproductionOf'] !== undefined);
  note(repeats.length !== expected.reproductions, `${repeats.length} repeats, not ${expected.reproductions}`);
  for (const [type, wanted] of [
    ['BundleSealed', expected.runs],
    ['ReproductionStarted', expected.reproductions],
    ['ReproductionConcluded', expected.reproductions],
  ] as const) {
    const seen = byStream(ofType(events, type));
    const doubled = [...seen.values()].some(({ length }) => length > 1);
    note(seen.size !== wanted || doubled, `${type} in ${seen.size} streams, not once in ${wanted}`);
  }
  for (const { stream, data } of ofType(events, 'ReproductionConcluded'))
    note(data['verdict'] !== 'identical', `${stream} is ${String(data['verdict'])}`);
  const compared = events.filter(({ type }) => comparing.has(type)).length;
  note(compared !== expected.comparisons, `${compared} comparisons, not ${expected.comparisons}`);
  note(ofType(events, 'DriftDetected').length > 0, 'drift where nothing has changed');
  return found;
}
