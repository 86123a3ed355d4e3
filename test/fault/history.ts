import type { common } from '#contracts';
import { decodeEnvelope, type Envelope } from '#contracts/stored';
import type { Driven } from '../support/experiment.js';

export type Event = common.Event & { readonly data: Readonly<Record<string, unknown>> };

/** So that what never comes is told of, with what has come. */
const patienceMs = 90_000;

/** All of history, followed until it is as wanted. @throws with what there is instead */
export async function historyWhen(
  { connection }: Driven,
  wanted: (events: readonly Event[]) => boolean,
): Promise<readonly Event[]> {
  const stop = new AbortController();
  const events: Event[] = [];
  const all = { subject: '', namespace: '', asOf: undefined, types: [], limit: 0, follow: true };
  const options = { signal: stop.signal, deadlineMs: patienceMs };
  try {
    for await (const { event } of connection.auditor.readHistory(all, options)) {
      if (event === undefined) continue;
      const { data } = decodeEnvelope(event.envelope) as Envelope;
      events.push({ ...event, data: data as Event['data'] });
      if (wanted(events)) return events;
    }
  } catch (cause) {
    const ends = events.map(({ stream, type }) => `${type} ${stream}`).slice(-40);
    throw new Error(`history is not as wanted; last in it:\n${ends.join('\n')}`, { cause });
  } finally {
    stop.abort();
  }
  throw new Error('history ended before it was as wanted');
}

const terminal = new Set(['RunRejected', 'RunCompleted', 'RunFailed', 'RunCancelled']);
const uuidOf = ({ stream }: Event): string => stream.slice(stream.indexOf('-') + 1);
const ofType = (events: readonly Event[], type: string) => events.filter((event) => event.type === type);
/** How often each stream has an event of this type. */
const counts = (events: readonly Event[], type: string): Map<string, number> => {
  const found = new Map<string, number>();
  for (const event of ofType(events, type)) found.set(uuidOf(event), (found.get(uuidOf(event)) ?? 0) + 1);
  return found;
};

/** What must come of the workload: so many things, no more and no fewer. */
export interface Expected {
  readonly runs: number;
  readonly reproductions: number;
  readonly comparisons: number;
}

const bundled = (events: readonly Event[]) => ofType(events, 'BundleSealed').length;
const compared = (events: readonly Event[]) =>
  ofType(events, 'BaselineHeld').length + ofType(events, 'DriftDetected').length;

/** Nothing is left to be done. */
export const isSettled =
  ({ runs, reproductions, comparisons }: Expected) =>
  (events: readonly Event[]): boolean =>
    events.filter(({ type }) => terminal.has(type)).length >= runs &&
    bundled(events) >= runs &&
    ofType(events, 'ReproductionConcluded').length >= reproductions &&
    compared(events) >= comparisons;

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

  const ends = events.filter(({ type }) => terminal.has(type));
  const runs = counts(events, 'RunSubmitted');
  note(runs.size !== expected.runs, `${runs.size} runs, not ${expected.runs}`);
  for (const [run] of runs) {
    const own = ends.filter((event) => uuidOf(event) === run).map(({ type }) => type);
    note(own.join() !== 'RunCompleted', `run ${run} has ended as [${own.join()}]`);
    const epochs = ofType(events, 'RunClaimed').filter((event) => uuidOf(event) === run);
    const dense = epochs.every(({ data }, index) => data['epoch'] === index + 1);
    note(!dense, `run ${run} was claimed at epochs ${epochs.map(({ data }) => data['epoch']).join()}`);
  }
  for (const [type, wanted] of [
    ['BundleSealed', expected.runs],
    ['ReproductionStarted', expected.reproductions],
    ['ReproductionConcluded', expected.reproductions],
  ] as const) {
    const seen = counts(events, type);
    const doubled = [...seen.values()].some((count) => count > 1);
    note(seen.size !== wanted || doubled, `${type} in ${seen.size} streams, not once in ${wanted}`);
  }
  for (const { stream, data } of ofType(events, 'ReproductionConcluded'))
    note(data['verdict'] !== 'identical', `${stream} is ${String(data['verdict'])}`);
  note(
    compared(events) !== expected.comparisons,
    `${compared(events)} comparisons, not ${expected.comparisons}`,
  );
  note(ofType(events, 'DriftDetected').length > 0, 'drift where nothing has changed');
  return found;
}
