import { parentPort, workerData } from 'node:worker_threads';
import { hashBytes, recordedAtOf, tilePath, tileWidth } from '#evidence';
import { openSource } from './open-source.js';
import { openLogFiles, type LogFiles } from './log-files.js';
import { checkSpan, type LogTile, type Span } from './span.js';
import { sha256Hex } from './hashes.js';
import { storedFacts } from './span.js';
import { firstEntries } from './tiles.js';

/** What the thread is asked for; it answers in this order. */
export type Task =
  | { readonly what: 'span'; readonly span: Span; readonly logSize: number }
  /** Events newer than the log: their times, and on demand what they are. */
  | { readonly what: 'tail'; readonly from: number; readonly to: number; readonly facts: boolean }
  | { readonly what: 'count' }
  | { readonly what: 'copies'; readonly stream: string; readonly eventId: string }
  | { readonly what: 'damage' };

const { eventStore, log } = workerData as { readonly eventStore: string; readonly log: string };
const source = await openSource(eventStore);
const files = await openLogFiles(log);

async function answer(task: Task): Promise<unknown> {
  switch (task.what) {
    case 'span': {
      const { from, to } = task.span;
      const [tiles, found] = await Promise.all([
        readTiles(files, task.span, task.logSize),
        source.read(from, to),
      ]);
      return checkSpan(task.span, found, tiles);
    }
    case 'tail': {
      const { from, to, facts } = task;
      const found = await source.read(from, to);
      const result = checkSpan({ from, to, sizes: [] }, found, []);
      const stored = facts
        ? found.events.map((event) => ({
            index: event.index,
            ...storedFacts(event, recordedAtOf(event.bytes), sha256Hex(event.bytes)),
          }))
        : [];
      return { result, stored };
    }
    case 'count':
      return source.count();
    case 'copies':
      return source.copies(task.stream, task.eventId);
    case 'damage':
      return source.damage();
  }
}

/** A partial tile may have been replaced by the full one meanwhile. */
async function readTiles(from: LogFiles, { from: first, to }: Span, logSize: number): Promise<LogTile[]> {
  const tiles: Promise<LogTile>[] = [];
  for (let n = first / tileWidth; n * tileWidth < to; n++) {
    const width = Math.min(tileWidth, logSize - n * tileWidth);
    const one = async (level: 'entries' | 0) =>
      (await from.read(tilePath({ level, index: n, width }))) ??
      (width < tileWidth
        ? cut(level, await from.read(tilePath({ level, index: n, width: tileWidth })), width)
        : undefined);
    tiles.push(
      Promise.all([one('entries'), one(0)]).then(([bundle, hashes]) => ({ n, width, bundle, hashes })),
    );
  }
  return Promise.all(tiles);
}

const cut = (level: 'entries' | 0, full: Uint8Array | undefined, width: number): Uint8Array | undefined =>
  full === undefined || level === 0 ? full?.subarray(0, width * hashBytes) : firstEntries(full, width);

parentPort?.on('message', ({ id, task }: { readonly id: number; readonly task: Task }) => {
  answer(task).then(
    (result) => parentPort?.postMessage({ id, result }),
    (error: unknown) =>
      parentPort?.postMessage({ id, error: error instanceof Error ? error.message : String(error) }),
  );
});
