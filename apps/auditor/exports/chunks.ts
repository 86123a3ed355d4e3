import type { auditor as proto } from '#contracts';

/** A message is at most 4 MiB, and one of a few bytes costs as much as a large one. */
const chunkBytes = 256 * 1024;

/** The pieces of a file as messages of one size, and then what the source returns. */
export async function* chunks<Result>(
  source: AsyncGenerator<Uint8Array, Result>,
): AsyncGenerator<proto.ExportAuditResponse, Result> {
  let held: Uint8Array[] = [];
  let bytes = 0;
  try {
    for (;;) {
      const { done, value } = await source.next();
      if (done) {
        if (bytes > 0) yield { chunk: Buffer.concat(held) };
        return value;
      }
      held.push(value);
      bytes += value.length;
      if (bytes < chunkBytes) continue;
      const whole =
        held.length === 1 ? Buffer.from(value.buffer, value.byteOffset, value.length) : Buffer.concat(held);
      let at = 0;
      for (; whole.length - at >= chunkBytes; at += chunkBytes)
        yield { chunk: whole.subarray(at, at + chunkBytes) };
      held = at === whole.length ? [] : [whole.subarray(at)];
      bytes = whole.length - at;
    }
  } finally {
    await source.return(undefined as never);
  }
}
