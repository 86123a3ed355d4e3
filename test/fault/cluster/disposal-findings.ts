import type { Facts, StoredFact } from './facts.js';

/** A disposal as the store tells it, from its tombstone on. */
interface Disposal {
  readonly stream: string;
  readonly run: string;
  readonly blobs: readonly string[];
  /** Holds on the run that were in force where the tombstone was set. */
  readonly holds: readonly string[];
  end?: StoredFact;
}

function disposalsIn(events: readonly StoredFact[]): Disposal[] {
  const found: Disposal[] = [];
  const holds = new Map<string, string>();
  for (const event of events) {
    const { stream, type, blobs = [] } = event;
    if (type === 'HoldPlaced') holds.set(stream, event.holds ?? '');
    if (type === 'HoldReleased') holds.delete(stream);
    if (!stream.startsWith('disposal-')) continue;
    const run = stream.slice('disposal-'.length);
    const keeping = [...holds].filter(([, subject]) => subject === `run-${run}`).map(([hold]) => hold);
    const open = found.findLast((disposal) => disposal.stream === stream);
    if (type === 'ArtifactsDisposed') found.push({ stream, run, blobs, holds: keeping });
    else if (open !== undefined) open.end = event;
  }
  return found;
}

const hasFinished = ({ end }: Disposal): boolean => end?.type === 'DisposalFinished';

/** What a tombstone names is gone, and nothing else is; nothing that was held is disposed of; what was answered has been done. */
export function* inDisposals({ events, blobs, retired }: Facts): Generator<string> {
  const disposals = disposalsIn(events);
  const finished = disposals.filter(hasFinished);
  const goneOf = new Set(
    finished.flatMap(({ run, blobs: named }) => named.map((digest) => `${run} ${digest}`)),
  );
  const tombstones = new Set(finished.flatMap(({ blobs: named }) => named));
  const there = new Set<string>();
  for (const { named, by, of, found, isNewer = false } of blobs) {
    const isFree = tombstones.has(named) && of.every((run) => goneOf.has(`${run} ${named}`));
    if (!isFree && named !== found) yield `${by} names ${named}, and the store has ${found}`;
    if (found !== 'BLOB_NOT_FOUND' && !isNewer) there.add(named);
  }
  for (const { stream, run, blobs: named, holds, end } of disposals) {
    if (end === undefined) yield `${stream} has a tombstone and no end`;
    if (end?.type !== 'DisposalFinished') continue;
    for (const hold of holds) yield `run ${run} was disposed of although ${hold} was in force`;
    const still = named.filter((digest) => there.has(digest)).length;
    const { left = 0 } = end;
    if (still > left) yield `${stream} leaves ${still} of its blobs, and says ${left}`;
  }
  for (const run of retired.disposed)
    if (!finished.some((disposal) => disposal.run === run))
      yield `run ${run} was not disposed of as was answered`;
  for (const run of retired.held)
    if (finished.some((disposal) => disposal.run === run))
      yield `run ${run} was disposed of after it was refused`;
}
