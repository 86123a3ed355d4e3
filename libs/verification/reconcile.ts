import { rangeList, type Finding } from './findings.js';
import type { LoggedEvent } from './leaf.js';
import type { Unlike } from './tile-leaves.js';

type Stored = Omit<LoggedEvent, 'index'>;
interface Waiting<T> {
  readonly index: number;
  /** Where the run of unlike places in a row begins that this one is part of. */
  readonly run: number;
  readonly event: T;
}

/** Of either side that are kept until their counterpart is found; beyond it the oldest have none, and are told at once. */
const mostWaiting = 50_000;

export type Extra = Stored & { readonly index: number };

export interface Reconciler {
  /** Places that are not alike, ascending. */
  see(unlike: Unlike): void;
  /** Events of the store that are newer than the log, while somebody is looked for. */
  seeTail(index: number, stored: Stored): void;
  /** Whether something of the log has not been found. */
  isLooking(): boolean;
  /**
   * Tells those that were not found.
   * @param lastAlike the last place of the store that is as the log has it
   * @returns those that nobody looked for
   */
  end(lastAlike: number): readonly Extra[];
}

/**
 * Finds out, of places where store and log differ, whether an event was changed, moved, taken or put there. What follows an insertion is only
 * shifted: an event was moved when one that is where it belongs lies between its two places, or when it overtook another.
 */
export function reconciler(tell: (finding: Finding) => void): Reconciler {
  const logged = new Map<string, Waiting<LoggedEvent>>();
  const stored = new Map<string, Waiting<Stored>>();
  const missing = rangeList();
  const extra: Extra[] = [];
  let run = { begin: -1, last: -2, stored: -1, logged: -1 };
  let lastMatched = -1;

  function match(from: Waiting<Stored>, to: Waiting<LoggedEvent>): void {
    compare(from.event, to.event, tell);
    lastMatched = Math.max(lastMatched, from.index);
    const overtakes = from.index > run.stored !== to.index > run.logged;
    if (from.run !== to.run || (run.stored !== -1 && overtakes))
      tell({
        ...place(to.event),
        code: 'EVENT_REORDERED',
        message: `it stands at ${from.index}, and was logged at ${to.index}`,
      });
    run = { ...run, stored: Math.max(run.stored, from.index), logged: Math.max(run.logged, to.index) };
  }

  function lose(event: LoggedEvent): void {
    missing.add(event.index);
    const message = `logged as ${event.type} and not in the event store`;
    tell({ ...place(event), code: 'EVENT_MISSING', message });
  }

  function leave(one: Extra): void {
    if (extra.length < mostWaiting) extra.push(one);
    else tell(inserted(one));
  }

  function store(index: number, event: Stored, runBegin: number): void {
    const key = keyOf(event);
    const found = logged.get(key);
    const here = { index, run: runBegin, event };
    if (found !== undefined) {
      logged.delete(key);
      match(here, found);
    } else if (stored.has(key)) leave({ ...event, index });
    else put(stored, key, here, (oldest) => leave({ ...oldest.event, index: oldest.index }));
  }

  function log(index: number, event: LoggedEvent, runBegin: number): void {
    const key = keyOf(event);
    const found = stored.get(key);
    const here = { index, run: runBegin, event };
    if (found !== undefined) {
      stored.delete(key);
      match(found, here);
    } else put(logged, key, here, (oldest) => lose(oldest.event));
  }

  return {
    see({ index, stored: there, logged: told }) {
      if (index !== run.last + 1) run = { begin: index, last: index, stored: -1, logged: -1 };
      run.last = index;
      if (there !== undefined && told !== undefined && keyOf(there) === keyOf(told)) {
        lastMatched = Math.max(lastMatched, index);
        return compare(there, told, tell);
      }
      if (told === undefined && there !== undefined)
        // The log has lost what it said, and another hash than this event's.
        return tell({
          ...place({ ...there, index }),
          code: 'EVENT_CHANGED',
          message: 'its hash is not the one in the log',
        });
      if (told === undefined)
        return tell({
          index,
          code: 'EVENT_MISSING',
          message: 'the log has its hash, and neither it nor the event store has more',
        });
      if (there !== undefined) store(index, there, run.begin);
      log(index, told, run.begin);
    },
    seeTail(index, event) {
      if (index === run.last + 1) run.last = index;
      store(index, event, index === run.last ? run.begin : index);
    },
    isLooking: () => logged.size > 0,
    end(lastAlike) {
      for (const { event } of logged.values()) lose(event);
      if (missing.count() > 1)
        tell({ code: 'EVENT_MISSING', message: `all that are missing: indexes ${missing.text()}` });
      const last = Math.max(lastAlike, lastMatched);
      for (const { index, event } of stored.values()) if (index < last) leave({ ...event, index });
      return extra.sort((a, b) => a.index - b.index);
    },
  };
}

function put<T>(
  into: Map<string, Waiting<T>>,
  key: string,
  one: Waiting<T>,
  drop: (oldest: Waiting<T>) => void,
): void {
  if (into.size >= mostWaiting)
    for (const [oldestKey, oldest] of into) {
      into.delete(oldestKey);
      drop(oldest);
      break;
    }
  into.set(key, one);
}

/** @param copies of it in its stream */
export const inserted = ({ index, stream, revision, eventId, type }: Extra, copies = 1): Finding => ({
  ...{ index, stream, revision, eventId },
  code: copies > 1 ? 'EVENT_DOUBLED' : 'EVENT_INSERTED',
  message: `a ${type} stands at ${index} of the event store and was never logged`,
});

const keyOf = ({ stream, revision, eventId }: Stored): string => `${stream} ${revision} ${eventId}`;
const fields = ['bytesSha256', 'type', 'recordedAt'] as const;
const words = { bytesSha256: 'bytes', type: 'type', recordedAt: 'time' } as const;

function compare(there: Stored, told: LoggedEvent, tell: (finding: Finding) => void): void {
  const changed = fields.filter((field) => there[field] !== told[field]);
  if (changed.length === 0) return;
  const digests = changed.includes('bytesSha256')
    ? `: sha256 ${there.bytesSha256}, logged ${told.bytesSha256}`
    : '';
  tell({
    ...place(told),
    code: 'EVENT_CHANGED',
    message: `another ${changed.map((field) => words[field]).join(', ')} than was logged${digests}`,
  });
}

export const place = ({
  index,
  stream,
  revision,
  eventId,
}: Pick<LoggedEvent, 'index' | 'stream' | 'revision' | 'eventId'>) => ({ index, stream, revision, eventId });
