import { emptyRoot, encodeBase64, tileWidth, type CheckpointPolicy } from '#evidence';
import { compareRoots, readCheckpoints, type Remembered } from './checkpoints.js';
import { watchClocks, type ClockFinding } from './clocks.js';
import type { Damage, JudgedEvent } from './event-source.js';
import { checkDisposals } from './disposals.js';
import { findingList, type Finding, type FindingCode } from './findings.js';
import type { JudgedHistory } from './judged.js';
import { keysWithFollowers } from './keys.js';
import type { LoggedEvent } from './leaf.js';
import { openLogFiles, tellingFaults } from './log-files.js';
import { canJump } from './open-source.js';
import { readHere, startReaders, type Readers } from './readers.js';
import { inserted, place, reconciler, type Reconciler } from './reconcile.js';
import { checkReviews, reviewedLog } from './reviews.js';
import type { SpanResult } from './span.js';
import type { Tail } from './tasks.js';
import { walkTree } from './tree-walk.js';

export interface VerifyOptions {
  /** `sqlite:PATH` or `esdb://…`. */
  readonly eventStore: string;
  /** `file:PATH` or `s3://…`. */
  readonly log: string;
  /** Its keys, or earlier ones that these have followed. */
  readonly policy: CheckpointPolicy;
  /** Notes of checkpoints that somebody has seen before. */
  readonly seen?: readonly string[];
  /** What earlier verifications have found the log to be. */
  readonly remembered?: readonly Remembered[];
  /** Findings that are told; all are counted. Default 1,000. */
  readonly mostFindings?: number;
  /** Threads; default 2, 0 for this one. A store that is read in one go has one. */
  readonly threads?: number;
  readonly signal?: AbortSignal;
}

export interface Report {
  readonly intact: boolean;
  readonly events: number;
  readonly logSize: number;
  /** Base64, of the checkpoint. */
  readonly root: string;
  readonly notInLog: number;
  /** Of those that were remembered, the ones that the log still holds. */
  readonly checkpoints: number;
  readonly signedBy: readonly string[];
  readonly findings: number;
  readonly counts: Readonly<Partial<Record<FindingCode, number>>>;
}

export type Told =
  | { readonly progress: { readonly events: number; readonly total: number } }
  | { readonly finding: Finding }
  | { readonly report: Report };

const spanEvents = 16 * tileWidth;

/**
 * Reads the whole event store again and compares it with the log, in memory that does not grow with either. The last thing told is the report.
 * @throws VERIFICATION_FAULT (unavailable), CANCELLED
 */
export async function* verifyLog(options: VerifyOptions): AsyncGenerator<Told, void> {
  const {
    eventStore,
    log,
    policy,
    seen = [],
    remembered = [],
    mostFindings = 1000,
    threads = 2,
    signal,
  } = options;
  const found = findingList(mostFindings);
  const damagedFiles = new Set<string>();
  const tell = (finding: Finding) => {
    if (finding.file !== undefined) damagedFiles.add(finding.file);
    found.add(finding);
  };
  const files = tellingFaults(await openLogFiles(log));
  const places = { eventStore, log };
  const readers =
    threads === 0
      ? readHere(places, signal)
      : startReaders(canJump(eventStore) ? threads : 1, places, signal);
  try {
    const damage = readers.ask<readonly Damage[]>({ what: 'damage' });
    damage.catch(() => undefined);
    const keys = await keysWithFollowers(policy.keys, files, readers, tell);
    const read = await readCheckpoints(files, { ...policy, keys }, seen, tell);
    const heads = { ...read, remembered: [...read.remembered, ...remembered] };
    const logSize = heads.head?.size ?? 0;
    const count = await readers.ask<number | undefined>({ what: 'count' });
    const total = Math.max(count ?? 0, logSize);
    const tree = walkTree(files, tell);
    const wrongClocks: ClockFinding[] = [];
    const clocks = watchClocks((finding) => wrongClocks.push(finding));
    const tellClocks = async () => {
      for (const finding of wrongClocks.splice(0))
        tell(found.isFull() ? finding : await named(finding, readers, logSize));
    };
    const whereabouts = reconciler(tell);
    let [events, lastAlike] = [0, -1];
    const told = () => [
      ...found.take().map((finding): Told => ({ finding })),
      { progress: { events, total: Math.max(total, events) } },
    ];

    for await (const result of spans(readers, logSize, heads.remembered)) {
      events += result.read;
      await tree.add(result);
      lastAlike = Math.max(lastAlike, takeIn(result, whereabouts, tell));
      clocks.see(result.times);
      await tellClocks();
      yield* told();
    }
    await tree.end();
    let notInLog = 0;
    const isLooking = () => whereabouts.isLooking();
    for await (const { times, unreadable, stored } of tail(readers, logSize, count, isLooking)) {
      for (const { index, why } of unreadable) tell({ code: 'EVENT_UNREADABLE', index, message: why });
      if (isLooking()) for (const { index, ...event } of stored) whereabouts.seeTail(index, event);
      events += times.indexes.length;
      notInLog += times.indexes.length;
      clocks.see(times, stored);
      await tellClocks();
      yield* told();
    }
    clocks.end();
    await tellClocks();
    await tellUnmatched(whereabouts, lastAlike, readers, tell);
    const history = judgedHistory(readers);
    await checkDisposals(history, tell);
    await checkReviews(history, reviewedLog(files, logSize, damagedFiles), tell);
    for (const { what, stream, message } of await damage)
      tell(
        what === 'file'
          ? { code: 'STORE_DAMAGED', message }
          : { code: 'STREAM_BROKEN', stream: stream ?? '', message },
      );
    const checkpoints = compareRoots(heads, tree.rootAt, tell);
    yield* told();
    yield {
      report: {
        ...{ intact: found.total() === 0, events, logSize, notInLog, checkpoints },
        root: encodeBase64(heads.head?.root ?? emptyRoot),
        signedBy: (heads.head?.signedBy ?? []).map(({ name }) => name),
        ...{ findings: found.total(), counts: found.counts() },
      },
    };
  } finally {
    await readers.close();
    files.close();
  }
}

/** In order; as many are under way as there are threads, and one more each. */
async function* spans(
  readers: Readers,
  logSize: number,
  remembered: readonly Remembered[],
): AsyncGenerator<SpanResult> {
  const sizes = [...new Set(remembered.map(({ size }) => size))].sort((a, b) => a - b);
  let [next, from] = [0, 0];
  const underWay: Promise<SpanResult>[] = [];
  for (;;) {
    while (from < logSize && underWay.length < 2 * readers.count) {
      const to = Math.min(from + spanEvents, logSize);
      const own: number[] = [];
      while (next < sizes.length && (sizes[next] as number) <= to) own.push(sizes[next++] as number);
      const asked = readers.ask<SpanResult>({ what: 'span', span: { from, to, sizes: own }, logSize });
      asked.catch(() => undefined);
      underWay.push(asked);
      from = to;
    }
    const first = underWay.shift();
    if (first === undefined) return;
    yield await first;
  }
}

/** What is newer than the log, up to what there was when it was counted, or else to the end. */
async function* tail(
  readers: Readers,
  logSize: number,
  count: number | undefined,
  digests: () => boolean,
): AsyncGenerator<Tail> {
  const end = count ?? Infinity;
  for (let from = logSize; from < end;) {
    const to = Math.min(from + tileWidth, end);
    const one = await readers.ask<Tail>({ what: 'tail', from, to, digests: digests() });
    yield one;
    from = one.next;
  }
}

/** With the stream, revision and event that the log has at its place. */
async function named(finding: ClockFinding, readers: Readers, logSize: number): Promise<Finding> {
  const { index, stream } = finding;
  if (stream !== undefined || index >= logSize) return finding;
  const logged = await readers.ask<LoggedEvent | undefined>({ what: 'entry', index, logSize });
  return logged === undefined ? finding : { ...place(logged), ...finding };
}

/** @returns the last place that is as the log has it; −1 for none */
function takeIn(
  { span, unlike, unreadable, damaged }: SpanResult,
  places: Reconciler,
  tell: (finding: Finding) => void,
): number {
  const why = new Map(unreadable.map((one) => [one.index, one.why]));
  let last = span.to - 1;
  for (const one of [...unlike].reverse()) if (one.index === last) last--;
  for (const one of unlike) {
    const reason = one.stored === undefined ? why.get(one.index) : undefined;
    if (reason === undefined) places.see(one);
    else
      tell({
        ...(one.logged === undefined ? { index: one.index } : place(one.logged)),
        ...{ code: 'EVENT_UNREADABLE', message: reason },
      });
  }
  for (const { file, what, index } of damaged)
    tell(
      what === 'missing'
        ? { code: 'LOG_FILE_MISSING', file, message: 'it is not there, or has not the length it must have' }
        : { code: 'LOG_FILE_CHANGED', file, index, message: `from index ${index} on it is not what it was` },
    );
  return last >= span.from ? last : -1;
}

/** Judged events that are in memory together. */
const judgedTogether = 200;

const judgedHistory = (readers: Readers): JudgedHistory => ({
  async *judged(kinds) {
    for (let after = -1; ;) {
      const task = { what: 'judged', kinds, after, most: judgedTogether } as const;
      const page = await readers.ask<readonly JudgedEvent[]>(task);
      yield* page;
      const last = page.at(-1);
      if (last === undefined) return;
      after = last.index;
    }
  },
  event: (stream, revision) => readers.ask({ what: 'event', stream, revision }),
});

/** Extra events of which is looked for a second copy. */
const mostCopies = 20;

async function tellUnmatched(
  places: Reconciler,
  lastAlike: number,
  readers: Readers,
  tell: (finding: Finding) => void,
): Promise<void> {
  for (const [i, event] of places.end(lastAlike).entries()) {
    const { stream, eventId } = event;
    const copies = i < mostCopies ? await readers.ask<number>({ what: 'copies', stream, eventId }) : 1;
    tell(inserted(event, copies));
  }
}
