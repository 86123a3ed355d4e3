/** What a `$metadata` event in `$$<stream>` asks of reads of `<stream>`, parsed; other keys are kept, as an undelete writes them back. */
export interface StreamMetadata {
  /** `$tb`: events below this revision are not read. */
  readonly $tb?: number;
  /** `$maxCount`: only so many of the newest are read. */
  readonly $maxCount?: number;
  /** `$maxAge`, seconds. */
  readonly $maxAge?: number;
}

/** The `$tb` of a soft-deleted stream: the largest 64-bit revision, as JSON in JavaScript reads it. */
const deleted = 2 ** 63;

/** Written by hand, since a JavaScript number cannot hold it. */
export const softDeleteJson = Buffer.from('{"$tb":9223372036854775807}');

export const isSoftDeleted = (metadata: StreamMetadata): boolean => (metadata.$tb ?? 0) >= deleted;

export const metastreamOf = (stream: string): string => `$$${stream}`;

/** The stream that a metastream is about; undefined for any other stream. */
export const originalOf = (stream: string): string | undefined =>
  stream.startsWith('$$') ? stream.slice(2) : undefined;

/** Nothing for what is not a JSON object, as the real server has it. */
export function parseMetadata(data: Uint8Array): StreamMetadata {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(data).toString());
    return typeof parsed === 'object' && parsed !== null ? parsed : {};
  } catch {
    return {};
  }
}

/** The first revision that reads may see, of a stream whose last one is `last`. `$maxAge` is for the reader: it needs the events. */
export function firstReadable(metadata: StreamMetadata, last: number): number {
  const byCount = metadata.$maxCount === undefined ? 0 : last - metadata.$maxCount + 1;
  return Math.max(0, metadata.$tb ?? 0, byCount);
}
