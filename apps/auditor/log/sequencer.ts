import { DomainError, isDomainError } from '#kernel';
import { parseCheckpoint, type Checkpoint } from '#evidence';
import { asOneWriter, inTurns } from '#runtime';
import type { LogParts } from './log-parts.js';
import { openLogWriter, type LogWriter } from './log-writer.js';

export interface Sequencer {
  /** Resolves when a published checkpoint has so many entries; publishes for it. @throws NOT_LOGGED_YET, LOG_STOPPED */
  covers(
    size: number,
    call: { readonly deadlineMs?: number | undefined; readonly signal: AbortSignal },
  ): Promise<void>;
  /** What keeps it from going on; undefined while all is well. */
  failing(): string | undefined;
  /** The same once no waiting is likely to mend it: at once what contradicts the log, anything else when it has lasted for half a minute. */
  stuckOn(): string | undefined;
  /** Undefined where another instance writes. */
  writing(): Pick<LogWriter, 'size' | 'published' | 'position'> | undefined;
  close(): Promise<void>;
}

/** From one checkpoint to the next, so that what comes meanwhile goes together: each takes eight to ten syncs. Who needs one sooner says so. */
const restMs = 2000;
const followEveryMs = 1000;
const lookEveryMs = 50;
/** A checkpoint is ten syncs of a disk that may be slow; unary callers wait for half a minute. */
const longestWaitMs = 25_000;
const longestBackoffMs = 10_000;
const patienceMs = 30_000;

/** Sequences every event into the log, one writer among all instances, and rests while there is none. Ends with `close`. */
export function startSequencer(parts: LogParts): Sequencer {
  const { eventStore, readStore, clock, owner } = parts;
  const ended = new AbortController();
  const turn = inTurns();
  let failing: string | undefined;
  let failingSinceMs = 0;
  let writer: LogWriter | undefined;
  let rest = new AbortController();

  async function work(_lease: unknown, signal: AbortSignal): Promise<void> {
    const mine = (writer = await openLogWriter(parts));
    /** Since when there were always more events; undefined at the head. */
    let busySince: number | undefined;
    const after = mine.position === undefined ? {} : { after: mine.position };
    try {
      for await (const item of eventStore.subscribe({ ...after, signal })) {
        const published = await turn('log', async () => {
          if (item.kind === 'events') await mine.take(item.events);
          else mine.reachedHead();
          busySince ??= clock.monotonicMs();
          const due = item.kind === 'caught-up' || clock.monotonicMs() - busySince >= restMs;
          if (due) busySince = undefined;
          if (!mine.wanted || !due) return false;
          await mine.publish();
          return true;
        });
        failing = undefined;
        if (!published || item.kind === 'events') continue;
        rest = new AbortController();
        await clock.sleep(restMs, AbortSignal.any([signal, rest.signal])).catch(() => undefined);
      }
    } finally {
      writer = undefined;
    }
  }

  async function run(): Promise<void> {
    for (let failures = 0; !ended.signal.aborted;) {
      try {
        const wrote = await asOneWriter(readStore, clock, 'audit-log', owner, ended.signal, work);
        failures = 0;
        if (wrote) continue;
        // What kept it from going on is another instance's now.
        failing = undefined;
        await clock.sleep(followEveryMs, ended.signal);
      } catch (error) {
        if (ended.signal.aborted) break;
        const before = failing;
        if (before === undefined) failingSinceMs = clock.monotonicMs();
        failing = isDomainError(error) ? `${error.code}: ${error.message}` : String(error);
        if (failing !== before) parts.onError(error);
        const pauseMs = Math.min(longestBackoffMs, 50 * 2 ** ++failures);
        await clock.sleep(pauseMs, ended.signal).catch(() => undefined);
      }
    }
  }

  async function newest(): Promise<Pick<Checkpoint, 'size'>> {
    if (writer !== undefined) return writer.published;
    const note = await (await parts.tiles()).read('checkpoint');
    try {
      return parseCheckpoint(Buffer.from(note ?? []).toString());
    } catch {
      // There is none; what is wrong with one that is damaged, the writer says.
      return { size: 0 };
    }
  }

  const running = run();
  return {
    failing: () => failing,
    stuckOn: () =>
      isFinal(failing) || clock.monotonicMs() - failingSinceMs >= patienceMs ? failing : undefined,
    writing: () => writer,
    async covers(size, { deadlineMs = longestWaitMs, signal }) {
      const until = clock.monotonicMs() + Math.min(deadlineMs, longestWaitMs);
      while ((await newest()).size < size) {
        if (isFinal(failing))
          throw new DomainError('integrity', 'LOG_STOPPED', `the audit log does not go on: ${failing}`);
        if (clock.monotonicMs() >= until || ended.signal.aborted) throw notYet(size, failing);
        rest.abort();
        const mine = writer;
        const published =
          mine !== undefined && mine.size >= size && (await turn('log', () => mine.publish()));
        if (!published) await clock.sleep(lookEveryMs, signal);
      }
    },
    async close() {
      ended.abort();
      await running;
    },
  };
}

/** Failures that no waiting mends. */
const isFinal = (failing: string | undefined): boolean =>
  /^(LOG_\w+|KEY_\w+|ROTATION_\w+|TILE_\w+|NOTE_\w+|CHECKPOINT_\w+|SIGNING_KEY_\w+|POSITION_UNKNOWN|STORE_CORRUPT)\b/.test(
    failing ?? '',
  );

const notYet = (size: number, because: string | undefined): DomainError => {
  const why = because === undefined ? 'ask again' : `what keeps it from going on is ${because}`;
  return new DomainError(
    'unavailable',
    'NOT_LOGGED_YET',
    `the audit log does not have ${size} entries yet; ${why}`,
  );
};
