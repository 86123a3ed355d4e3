import { hashBytes, tilePath, tileWidth } from '#evidence';
import type { Unreadable } from './event-source.js';
import { sha256Hex } from './hashes.js';
import type { JudgedKind } from './judged.js';
import { loggedEvent, stampOf, type LoggedEvent } from './leaf.js';
import { openLogFiles, type LogFiles, type Room } from './log-files.js';
import { openSource } from './open-source.js';
import { checkSpan, type Span } from './span.js';
import { storedFacts } from './tile-leaves.js';
import { entriesOf, firstEntries, type LogTile } from './tiles.js';
import { openTimes, type Times } from './times.js';

/** What a reader is asked for, one thing at a time. */
export type Task =
  | { readonly what: 'span'; readonly span: Span; readonly logSize: number }
  /** Events newer than the log: their times, what they are, and on demand the digests of their bytes. */
  | { readonly what: 'tail'; readonly from: number; readonly to: number; readonly digests: boolean }
  /** What the log says of a place. */
  | { readonly what: 'entry'; readonly index: number; readonly logSize: number }
  | { readonly what: 'count' }
  | { readonly what: 'copies'; readonly stream: string; readonly eventId: string }
  | { readonly what: 'stream'; readonly stream: string; readonly most: number }
  | { readonly what: 'event'; readonly stream: string; readonly revision: number }
  | {
      readonly what: 'judged';
      readonly kinds: readonly JudgedKind[];
      readonly after: number;
      readonly most: number;
    }
  | { readonly what: 'damage' };

/** Events that the log does not have yet. */
export interface Tail {
  readonly times: Times;
  readonly unreadable: readonly Unreadable[];
  /** Their digests are empty where they were not asked for. */
  readonly stored: readonly LoggedEvent[];
  /** Where to go on; `Infinity` where nothing more is. */
  readonly next: number;
}

export interface Places {
  readonly eventStore: string;
  readonly log: string;
}

export interface Reader {
  answer(task: Task): Promise<unknown>;
  close(): Promise<void>;
}

/** One reading of store and log. */
export async function openReader({ eventStore, log }: Places): Promise<Reader> {
  const source = await openSource(eventStore);
  const files = await openLogFiles(log, { waits: true });

  async function answer(task: Task): Promise<unknown> {
    switch (task.what) {
      case 'span': {
        const { span, logSize } = task;
        return checkSpan(span, readTiles(files, span, logSize), source);
      }
      case 'tail': {
        const { from, to, digests } = task;
        const { events, unreadable } = await source.read(from, to);
        const times = openTimes(events.length);
        const stored = events.map((event) => {
          const stamp = stampOf(event.bytes);
          times.add(event.index, stamp);
          const sha256 = digests ? sha256Hex(event.bytes) : '';
          return { index: event.index, ...storedFacts(event, stamp.recordedAt, sha256) };
        });
        const next = source.next?.(to) ?? (events.length + unreadable.length < to - from ? Infinity : to);
        return { times: times.all(), unreadable, stored, next } satisfies Tail;
      }
      case 'entry': {
        const { index, logSize } = task;
        const { width, bundle } = await readTile(files, Math.floor(index / tileWidth), logSize);
        const entry = bundle && entriesOf(bundle, width)?.[index % tileWidth];
        return entry && loggedEvent(entry);
      }
      case 'count':
        return source.count();
      case 'copies':
        return source.copies(task.stream, task.eventId);
      case 'stream':
        return source.stream(task.stream, task.most);
      case 'event':
        return source.event(task.stream, task.revision);
      case 'judged':
        return source.judged(task.kinds, task.after, task.most);
      case 'damage':
        return source.damage();
    }
  }

  return {
    answer,
    async close() {
      files.close();
      await source.close();
    },
  };
}

type Rooms = Readonly<Record<'entries' | 0, Room>>;

/** A partial tile may have been replaced by the full one meanwhile. */
async function readTile(files: LogFiles, n: number, logSize: number, rooms?: Rooms): Promise<LogTile> {
  const width = Math.min(tileWidth, logSize - n * tileWidth);
  const one = async (level: 'entries' | 0) => {
    const read = (of: number) => files.read(tilePath({ level, index: n, width: of }), rooms?.[level]);
    return (await read(width)) ?? (width < tileWidth ? cut(level, await read(tileWidth), width) : undefined);
  };
  const [bundle, hashes] = await Promise.all([one('entries'), one(0)]);
  return { n, width, bundle, hashes };
}

/** In order; where they come one at a time, a tile is the caller's until it asks for the next. */
async function* readTiles(files: LogFiles, { from, to }: Span, logSize: number): AsyncGenerator<LogTile> {
  const underWay: Promise<LogTile>[] = [];
  const rooms = files.together === 1 ? { entries: {}, 0: {} } : undefined;
  const end = Math.ceil(to / tileWidth);
  for (let [n, asked] = [from / tileWidth, from / tileWidth]; n < end; n++) {
    for (; asked < Math.min(end, n + files.together); asked++) {
      const reading = readTile(files, asked, logSize, rooms);
      reading.catch(() => undefined);
      underWay.push(reading);
    }
    yield await (underWay.shift() as Promise<LogTile>);
  }
}

const cut = (level: 'entries' | 0, full: Uint8Array | undefined, width: number): Uint8Array | undefined =>
  full === undefined || level === 0 ? full?.subarray(0, width * hashBytes) : firstEntries(full, width);
