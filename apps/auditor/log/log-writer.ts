import { DomainError, isDomainError, streamKind } from '#kernel';
import {
  auditLeafText,
  formatCheckpoint,
  leafOf,
  partialTiles,
  signNote,
  tilePath,
  tileWidth,
  widthOf,
  type Checkpoint,
} from '#evidence';
import type { Position, StoredEvent } from '#event-store';
import type { TileStore } from '#tile-store';
import { checkLastEntry } from './check-last-entry.js';
import { openOwn } from './own-checkpoint.js';
import type { LogParts } from './log-parts.js';
import { openLogTree } from './log-tree.js';
import { readTilesOf } from './read-tiles.js';
import { formatRemembered, parseRemembered, rememberedKey } from './remembered.js';

/** The one that writes the log, while this instance does. Its calls come one after another. */
export interface LogWriter {
  /** Where in the event store to go on; undefined for its beginning. */
  readonly position: Position | undefined;
  readonly size: number;
  readonly published: Pick<Checkpoint, 'size' | 'root'>;
  /** Something but bookkeeping waits to be published. */
  readonly wanted: boolean;
  /** @throws LOG_FORKED */
  take(events: readonly StoredEvent[]): Promise<void>;
  /** That there are no more events now. @throws LOG_AHEAD */
  reachedHead(): void;
  /** Tiles, then the checkpoint. False when it is published already, or cannot be yet. */
  publish(): Promise<boolean>;
}

/** Full tiles that may wait for the next checkpoint, 4 MiB and their entries, while as many are being written. */
const mostWaiting = 128;
/** Of the checkpoints within so many entries only the last is kept. */
const keptEvery = tileWidth;

/** What audits come to, scrubs by provenance among them: they make no checkpoint, or a log at rest would feed itself. */
const isBookkeeping = (event: StoredEvent): boolean =>
  (streamKind(event.stream) === 'audit' && !isRotation(event)) || event.type === 'ScrubFinished';
const isRotation = ({ stream, type }: StoredEvent): boolean =>
  type === 'SigningKeyRotated' && streamKind(stream) === 'audit';

/**
 * Goes on with the log from what was published and remembered. What is missing of it is written again from the events, and every root that
 * is known must come out again.
 * @throws LOG_CORRUPT, LOG_FORKED, TILE_MISSING, TILE_CORRUPT, and what `openOwn` throws
 */
export async function openLogWriter(parts: LogParts): Promise<LogWriter> {
  const { readStore } = parts;
  const tiles = await parts.tiles();
  const read = readTilesOf(tiles);
  let note = await tiles.read('checkpoint');
  let stored = await readStore.getSetting(rememberedKey);
  const { checkpoint, rotation } = await openOwn(parts, note && Buffer.from(note).toString()).catch(
    withRemedy,
  );
  const remembered = parseRemembered(stored);
  const begin = remembered && checkpoint && remembered.size <= checkpoint.size ? remembered : undefined;
  const tree = await openLogTree(begin?.size ?? 0, read).catch(withRemedy);
  if (begin !== undefined) await checkLastEntry(parts.eventStore, read, begin);

  const known = [checkpoint, remembered].filter((each) => each !== undefined);
  if (known.some(({ size, root }) => size === tree.size && !same(tree.root(), root)))
    throw corrupt(tree.size);
  // What a kill has kept from being written, and what a kill before it was remembered has left there.
  if (
    checkpoint !== undefined &&
    note !== undefined &&
    (await tiles.read(kept(checkpoint.size))) === undefined
  )
    await tiles.write([{ path: kept(checkpoint.size), bytes: note }]);
  if (begin !== undefined && checkpoint !== undefined && begin.size < checkpoint.size)
    await removeOutdated(tiles, begin.size, checkpoint.size);
  const mustCome = new Map(
    known.filter(({ size }) => size > tree.size).map(({ size, root }) => [size, root]),
  );
  const awaited = Math.max(0, ...known.map(({ size }) => size));
  let published: Pick<Checkpoint, 'size' | 'root'> = checkpoint ?? { size: 0, root: tree.root() };
  let position = begin?.position;
  let wanted = awaited > published.size;
  let waiting = 0;
  let writing: Promise<void> = Promise.resolve();
  /** The event by which the present key took over is not in the tree yet: nothing is signed with it before. */
  let handingOver = rotation !== undefined;
  const isReady = () => tree.size > published.size && tree.size >= awaited && !handingOver;

  /** @throws once what the last write failed with, whose files go with the next one */
  async function written(): Promise<void> {
    const last = writing;
    writing = Promise.resolve();
    await last;
  }

  /** Resolves when what was begun before is written, and what waits now is under way. */
  async function beginFlush(): Promise<void> {
    await written();
    const full = tree.full();
    waiting = 0;
    writing = tiles.write(full).then(() => tree.fullWritten(full));
    writing.catch(() => undefined);
  }

  return {
    get position() {
      return position;
    },
    get size() {
      return tree.size;
    },
    get published() {
      return published;
    },
    get wanted() {
      return wanted && isReady();
    },
    async take(events) {
      for (const event of events) {
        tree.append(auditLeafText(leafOf(tree.size, event)));
        const root = mustCome.get(tree.size);
        if (root !== undefined && !same(tree.root(), root)) throw forked(tree.size);
        wanted ||= tree.size > awaited && !isBookkeeping(event);
        if (isRotation(event) && event.revision === rotation) handingOver = false;
      }
      position = events.at(-1)?.position ?? position;
      waiting += events.length;
      if (waiting >= mostWaiting * tileWidth) await beginFlush();
    },
    reachedHead() {
      if (tree.size < awaited) throw ahead(awaited, tree.size);
    },
    async publish() {
      if (!isReady() || position === undefined) return false;
      const next = { size: tree.size, root: tree.root() };
      await beginFlush();
      await written();
      await tiles.write(tree.partial());
      const signer = await parts.signer();
      if (checkpoint !== undefined && checkpoint.origin !== signer.keyName)
        throw renamed(checkpoint.origin, signer.keyName);
      const signed = await signNote(formatCheckpoint({ origin: signer.keyName, ...next }), [signer]);
      const cosigned = (await parts.cosign?.(signed, next.size, read)) ?? [];
      const bytes = Buffer.from(signed + cosigned.map((line) => `${line}\n`).join(''));
      await tiles.replace('checkpoint', bytes, note);
      note = bytes;
      // After it: whoever looks in between would find a log that had been larger.
      await tiles.write([{ path: kept(next.size), bytes }]);
      const before = published;
      published = next;
      wanted = false;
      await removeOutdated(tiles, before.size, next.size);
      parts.reach?.('log:before-remember');
      const text = formatRemembered({ ...next, position });
      if (!(await readStore.setSetting(rememberedKey, stored, text))) throw lost();
      stored = text;
      return true;
    },
  };
}

/** Partial tiles that are full by now, and all but the last checkpoint within some entries. */
async function removeOutdated(tiles: TileStore, before: number, size: number): Promise<void> {
  for (const { level, index } of partialTiles(before))
    if (widthOf(level, index, size) === tileWidth)
      await tiles.remove(`${tilePath({ level, index, width: tileWidth })}.p`);
  if (before > 0 && Math.floor(before / keptEvery) === Math.floor(size / keptEvery))
    await tiles.remove(kept(before));
}

const kept = (size: number): string => `checkpoints/${size}`;
const same = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

const integrity = (code: string, message: string) => new DomainError('integrity', code, message);
const remedy = 'take its file "checkpoint" away to have it made again from the events';
const madeAgain = ['TILE_MISSING', 'TILE_CORRUPT', 'NOTE_MALFORMED', 'CHECKPOINT_MALFORMED'];
/** Of files that are damaged, what helps; every root that is known must come out again then as well. */
function withRemedy(error: unknown): never {
  if (!isDomainError(error) || !madeAgain.includes(error.code)) throw error;
  throw integrity(error.code, `the audit log: ${error.message}; ${remedy}`);
}

const corrupt = (size: number) =>
  integrity('LOG_CORRUPT', `the tiles of the audit log do not give its root at ${size} entries; ${remedy}`);
const forked = (size: number) =>
  integrity(
    'LOG_FORKED',
    `the events no longer give the root that the audit log had at ${size} entries; \`holdfast audit verify\` says which differ`,
  );
const ahead = (size: number, events: number) =>
  integrity(
    'LOG_AHEAD',
    `the audit log has ${size} entries, the event store ${events} events: the store has lost some; see infra/operations.md`,
  );
const renamed = (before: string, now: string) =>
  integrity('LOG_RENAMED', `the audit log is ${before}, the key is for ${now}; set HOLDFAST_LOG_ORIGIN`);
const lost = () => new DomainError('conflict', 'LEASE_LOST', 'another instance writes the audit log now');
