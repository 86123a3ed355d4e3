import { encodeBase64, parseCount, rangeHashes, tilePath, tileWidth, type TileName } from '#evidence';
import { DomainError, isDomainError } from '#kernel';
import { presentCheckpoint } from './checkpoints.js';
import type { JudgedEvent } from './event-source.js';
import type { Finding } from './findings.js';
import { objectIn, textIn, type JudgedHistory } from './judged.js';
import type { LogFiles } from './log-files.js';
import { place } from './reconcile.js';

/** What reviews are held against. */
export interface ReviewedLog {
  /** Of the checkpoint that history was held against. */
  readonly size: number;
  /** By now: a review may have been recorded since, of a newer checkpoint. */
  sizeNow(): Promise<number>;
  /** Base64, of an earlier size; undefined where a file that says it is damaged, which is told as such. */
  rootAt(size: number): Promise<string | undefined>;
}

/** Tells of reviews of a range or a root that the log does not have. */
export async function checkReviews(
  history: JudgedHistory,
  log: ReviewedLog,
  tell: (finding: Finding) => void,
): Promise<void> {
  for await (const event of history.judged(['review'])) {
    if (event.type !== 'TrailReviewed') continue;
    const message = await whatDiffers(event, log);
    if (message !== undefined) tell({ code: 'REVIEW_DIFFERS', ...place(event), message });
  }
}

async function whatDiffers({ data }: JudgedEvent, log: ReviewedLog): Promise<string | undefined> {
  const reviewed = objectIn(data['log']);
  const [first, last, size] = [data['first'], data['last'], reviewed['size']].map((value) =>
    parseCount(textIn(value)),
  );
  if (first === undefined || last === undefined || size === undefined) return 'it names no range of a log';
  if (first > last || last >= size) return `${first} to ${last} is no range of a log of ${size} entries`;
  if (size > log.size)
    return size > (await log.sizeNow())
      ? `it is of a log of ${size} entries; there are ${log.size}`
      : undefined;
  const [root, said] = [await log.rootAt(size), textIn(reviewed['root'])];
  return root === undefined || root === said
    ? undefined
    : `the log has root ${root} at size ${size}, the review has ${said.slice(0, 100)}`;
}

/** The log by its tiles, after they were held against history. @param damaged files of it that are not what they were */
export const reviewedLog = (files: LogFiles, size: number, damaged: ReadonlySet<string>): ReviewedLog => ({
  size,
  sizeNow: async () => (await presentCheckpoint(files))?.size ?? 0,
  async rootAt(to) {
    try {
      const [root] = await rangeHashes([{ from: 0, to }], size, (tile) => readSound(files, tile, damaged));
      return root && encodeBase64(root);
    } catch (error) {
      if (isDomainError(error) && error.kind !== 'unavailable') return undefined;
      throw error;
    }
  },
});

/** A partial tile may have been replaced by the full one. */
async function readSound(files: LogFiles, tile: TileName, damaged: ReadonlySet<string>): Promise<Uint8Array> {
  const paths = [tilePath(tile), tilePath({ ...tile, width: tileWidth })];
  const isSound = !paths.some((path) => damaged.has(path));
  for (const path of isSound ? paths : []) {
    const bytes = await files.read(path);
    if (bytes !== undefined) return bytes;
  }
  throw new DomainError('integrity', 'TILE_MISSING', paths[0] ?? '');
}
