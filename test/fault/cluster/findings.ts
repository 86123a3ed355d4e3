import { inDisposals } from './disposal-findings.js';
import type { Facts, StoredFact } from './facts.js';

const terminal = new Set(['RunRejected', 'RunCompleted', 'RunFailed', 'RunCancelled']);
/** Of these a run has one for each lease, made under that lease. */
const ofAttempt = new Set(['RunStarted', 'StepCompleted', 'StepFailed', 'RunCompleted']);
/** What an attempt may be lost to while executors are broken; any other end was the run's own. */
const lostTo = new Set(['executor-lost', 'lease-expired', 'storage-full']);

const runIn = ({ stream }: StoredFact): string => stream.slice('run-'.length);

/** One run: it ends once, completes, and nothing is told under a lease that another has followed. */
function* inRun(run: string, events: readonly StoredFact[], explained: readonly string[]): Generator<string> {
  const ends = events.filter(({ type }) => terminal.has(type)).map(({ type }) => type);
  const completions = ends.filter((type) => type === 'RunCompleted').length;
  if (ends.length === 0) yield `run ${run} never ended; its last event is ${events.at(-1)?.type}`;
  if (completions > 1) yield `run ${run} completed ${completions} times`;
  if (ends.length > 1 && completions < ends.length) yield `run ${run} has the ends ${ends.join(', ')}`;
  if (ends.length === 1 && !terminal.has(events.at(-1)?.type ?? ''))
    yield `run ${run} goes on after its end with ${events.at(-1)?.type}`;
  const [end = ''] = ends;
  if (ends.length === 1 && end !== 'RunCompleted') {
    const { failure = 'no reason' } = events.find(({ type }) => type === end) ?? {};
    if (!explained.includes(failure)) yield `run ${run} has ended as ${end}: ${failure}`;
  }
  let lease = 0;
  for (const { type, epoch = 0, failure } of events) {
    if (type === 'RunClaimed' && epoch !== lease + 1)
      yield `run ${run} was claimed as ${epoch} after ${lease}`;
    if (type === 'RunClaimed') lease = epoch;
    if (ofAttempt.has(type) && epoch !== lease)
      yield `run ${run} has ${type} of lease ${epoch} under ${lease}`;
    if (type === 'RunRetried' && !lostTo.has(failure ?? ''))
      yield `run ${run} was repeated after ${failure ?? 'nothing'}`;
  }
}

function* inRuns({ submitted, events, explained }: Facts): Generator<string> {
  const runs = Map.groupBy(
    events.filter(({ stream }) => stream.startsWith('run-')),
    runIn,
  );
  for (const run of submitted) if (!runs.has(run)) yield `run ${run} was answered and is not in the store`;
  const known = new Set(submitted);
  for (const [run, own] of runs) {
    if (!known.has(run)) yield `run ${run} is in the store and nobody submitted it`;
    yield* inRun(run, own, explained);
  }
}

function* inStore({ events }: Facts): Generator<string> {
  const revisions = new Map<string, number>();
  const ids = new Set<string>();
  for (const { stream, revision, type, eventId } of events) {
    if (revision !== (revisions.get(stream) ?? -1) + 1)
      yield `${stream} has ${type} at ${revision} out of turn`;
    if (ids.has(eventId)) yield `event ${eventId} is in the store twice`;
    ids.add(eventId);
    revisions.set(stream, revision);
  }
  const sealed = Map.groupBy(
    events.filter(({ type }) => type === 'BundleSealed'),
    ({ stream }) => stream.slice('bundle-'.length),
  );
  for (const { stream, type } of events)
    if (terminal.has(type) && type !== 'RunRejected') {
      const run = stream.slice('run-'.length);
      const bundles = sealed.get(run)?.length ?? 0;
      if (bundles !== 1) yield `run ${run} has ${bundles} sealed bundles`;
    }
}

/** Each event on its topic, the first occurrences of a stream in its order, and nothing else. */
function* onTopics({ events, told }: Facts): Generator<string> {
  const stored = new Map(events.map((event) => [event.eventId, event]));
  const seen = new Set<string>();
  for (const [topic, messages] of Object.entries(told)) {
    const reached = new Map<string, number>();
    for (const { id, subject } of messages) {
      const event = stored.get(id);
      if (event?.topic !== topic || event.stream !== subject) {
        yield `${topic} tells ${id} of ${subject}, which is no event there`;
        continue;
      }
      if (seen.has(id)) continue;
      seen.add(id);
      const before = reached.get(subject) ?? -1;
      if (event.revision < before)
        yield `${topic} tells ${event.type} of ${subject} at ${event.revision} after ${before}`;
      reached.set(subject, Math.max(before, event.revision));
    }
  }
  for (const { eventId, topic, type, stream, revision } of events)
    if (!seen.has(eventId)) yield `${topic} does not tell ${type} of ${stream} at ${revision}`;
}

/** Everything that is wrong; empty when every promise was kept. */
export function findingsIn(facts: Facts): string[] {
  return [
    ...inRuns(facts),
    ...inStore(facts),
    ...inDisposals(facts),
    ...facts.projections.flatMap(({ service, name, difference }) =>
      difference === undefined ? [] : [`${service}: ${name} ${difference}`],
    ),
    ...onTopics(facts),
    ...facts.waiting
      .filter(({ messages }) => messages > 0)
      .map(({ where, messages }) => `${messages} messages wait in ${where}`),
    ...facts.parked.map(({ reactor, event, reason }) => `${reactor} has put ${event} aside: ${reason}`),
    ...facts.audit,
    ...facts.ended,
  ];
}
