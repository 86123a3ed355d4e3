import { hashBytes, recordedAtOf, tilePath, tileWidth } from '#evidence';
import { openLogFiles, type LogFiles } from './log-files.js';
import { sha256Hex } from './hashes.js';
import { openSource } from './open-source.js';
import { checkSpan, storedFacts, type LogTile, type Span } from './span.js';
import { firstEntries } from './tiles.js';

/** What a reader is asked for, one thing at a time. */
export type Task =
  | { readonly what: 'span'; readonly span: Span; readonly logSize: number }
  /** Events newer than the log: their times, and on demand what they are. */
  | { readonly what: 'tail'; readonly from: number; readonly to: number; readonly facts: boolean }
  | { readonly what: 'count' }
  | { readonly what: 'copies'; readonly stream: string; readonly eventId: string }
  | { readonly what: 'stream'; readonly stream: string; readonly most: number }
  | { readonly what: 'damage' };

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
  const files = await openLogFiles(log);

  async function answer(task: Task): Promise<unknown> {
    switch (task.what) {
      case 'span': {
        const { span, logSize } = task;
        const [tiles, found] = await Promise.all([
          readTiles(files, span, logSize),
          source.read(span.from, span.to),
        ]);
        return checkSpan(span, found, tiles);
      }
      case 'tail': {
        const { from, to, facts } = task;
        const found = await source.read(from, to);
        const stored = found.events.map((event) => ({
          index: event.index,
          ...storedFacts(event, recordedAtOf(event.bytes), facts ? sha256Hex(event.bytes) : ''),
        }));
        return { result: checkSpan({ from, to, sizes: [] }, found, []), stored: facts ? stored : [] };
      }
      case 'count':
        return source.count();
      case 'copies':
        return source.copies(task.stream, task.eventId);
      case 'stream':
        return source.stream(task.stream, task.most);
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

/** A partial tile may have been replaced by the full one meanwhile. */
async function readTiles(files: LogFiles, { from, to }: Span, logSize: number): Promise<LogTile[]> {
  const tiles: Promise<LogTile>[] = [];
  for (let n = from / tileWidth; n * tileWidth < to; n++) {
    const width = Math.min(tileWidth, logSize - n * tileWidth);
    const one = async (level: 'entries' | 0) =>
      (await files.read(tilePath({ level, index: n, width }))) ??
      (width < tileWidth
        ? cut(level, await files.read(tilePath({ level, index: n, width: tileWidth })), width)
        : undefined);
    tiles.push(
      Promise.all([one('entries'), one(0)]).then(([bundle, hashes]) => ({ n, width, bundle, hashes })),
    );
  }
  return Promise.all(tiles);
}

const cut = (level: 'entries' | 0, full: Uint8Array | undefined, width: number): Uint8Array | undefined =>
  full === undefined || level === 0 ? full?.subarray(0, width * hashBytes) : firstEntries(full, width);
